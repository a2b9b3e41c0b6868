#include "memory_place.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <nlohmann/json.hpp>

#include "base/error.h"
#include "base/escaped_text.h"
#include "source/range_check.h"

namespace modelkin {
namespace {

constexpr const char* kWeights = "model.safetensors";
constexpr const char* kConfig = "config.json";

std::vector<std::byte> BytesOf(std::string_view text) {
  const auto bytes = std::as_bytes(std::span(text));
  return {bytes.begin(), bytes.end()};
}

// A file that lies in pieces: a header of its own, and arrays.
class PiecesSource final : public ByteSource {
 public:
  PiecesSource(std::string label, std::vector<std::byte> header,
               const std::vector<LiveTensor>& tensors)
      : label_(std::move(label)), header_(std::move(header)) {
    Append(header_);
    for (const LiveTensor& tensor : tensors) Append(tensor.bytes);
  }

  const std::string& label() const override { return label_; }
  std::uint64_t size_bytes() const override { return size_; }

  std::span<const std::byte> Read(std::uint64_t offset, std::uint64_t length,
                                  std::vector<std::byte>& scratch) const override {
    RequireRange(*this, offset, length);
    if (length == 0) return {};
    const auto after = std::ranges::upper_bound(pieces_, offset, {}, &Piece::begin);
    auto piece = std::prev(after);
    if (offset + length <= piece->end()) {
      return piece->bytes.subspan(offset - piece->begin, length);
    }
    scratch.resize(length);
    for (std::uint64_t copied = 0; copied < length; ++piece) {
      const std::uint64_t at = offset + copied - piece->begin;
      const std::uint64_t count = std::min(piece->bytes.size() - at, length - copied);
      std::memcpy(scratch.data() + copied, piece->bytes.data() + at, count);
      copied += count;
    }
    return scratch;
  }

 private:
  struct Piece {
    std::uint64_t begin = 0;
    std::span<const std::byte> bytes;

    std::uint64_t end() const { return begin + bytes.size(); }
  };

  void Append(std::span<const std::byte> bytes) {
    if (bytes.empty()) return;
    pieces_.push_back({.begin = size_, .bytes = bytes});
    size_ += bytes.size();
  }

  std::string label_;
  std::vector<std::byte> header_;
  std::vector<Piece> pieces_;  // in order; none is empty
  std::uint64_t size_ = 0;
};

void RequireBytesOfShape(const LiveTensor& tensor) {
  std::uint64_t elements = 1;
  bool fits = true;
  for (const std::uint64_t extent : tensor.shape) {
    fits = fits && !__builtin_mul_overflow(elements, extent, &elements);
  }
  const std::uint64_t width = ByteWidth(tensor.dtype);
  if (fits && width > 0 && tensor.bytes.size() / width == elements &&
      tensor.bytes.size() % width == 0) {
    return;
  }
  throw Error(ErrorKind::kUsage,
              fmt::format("{} bytes are not those of its shape", tensor.bytes.size()),
              {.file = {}, .tensor = tensor.name});
}

// The safetensors header of the arrays, one after the other.
std::vector<std::byte> HeaderOf(const std::vector<LiveTensor>& tensors) {
  nlohmann::json entries = nlohmann::json::object();
  std::uint64_t begin = 0;
  for (const LiveTensor& tensor : tensors) {
    RequireBytesOfShape(tensor);
    const std::uint64_t end = begin + tensor.bytes.size();
    entries[tensor.name] = {{"dtype", DTypeName(tensor.dtype)},
                            {"shape", tensor.shape},
                            {"data_offsets", {begin, end}}};
    begin = end;
  }
  const std::string text = entries.dump();
  const std::uint64_t length = text.size();
  std::vector<std::byte> header(sizeof length);
  std::memcpy(header.data(), &length, sizeof length);
  std::ranges::copy(BytesOf(text), std::back_inserter(header));
  return header;
}

}  // namespace

std::string MemoryPlace::Add(const std::string& name, const std::vector<LiveTensor>& tensors,
                             const std::optional<std::string>& config) {
  std::vector<std::byte> header = HeaderOf(tensors);
  const std::lock_guard lock(mutex_);
  std::string location = FreeLocation(name);
  Files files;
  files[kWeights] = std::make_shared<PiecesSource>(location, std::move(header), tensors);
  if (config) {
    files[kConfig] = MakeMemorySource(fmt::format("{}/{}", location, kConfig), BytesOf(*config));
  }
  models_.emplace(location, std::move(files));
  return location;
}

std::string MemoryPlace::AddFile(const std::string& name, const std::string& file,
                                 std::vector<std::byte> bytes) {
  const std::lock_guard lock(mutex_);
  const std::string location = FreeLocation(name);
  std::string path = fmt::format("{}/{}", location, file);
  models_.emplace(location, Files{{file, MakeMemorySource(path, std::move(bytes))}});
  return path;
}

std::string MemoryPlace::FreeLocation(const std::string& name) const {
  std::string location = fmt::format("{}{}", kMemoryScheme, name);
  for (int number = 2; models_.contains(location); ++number) {
    location = fmt::format("{}{}-{}", kMemoryScheme, name, number);
  }
  return location;
}

void MemoryPlace::Remove(const std::string& location) {
  const std::lock_guard lock(mutex_);
  models_.erase(location);
}

bool MemoryPlace::IsFolder(const std::string& location) const {
  const std::lock_guard lock(mutex_);
  return models_.contains(location);
}

std::vector<std::string> MemoryPlace::FilesIn(const std::string& folder) const {
  const std::lock_guard lock(mutex_);
  std::vector<std::string> names;
  for (const auto& [name, source] : FilesOf(folder)) names.push_back(name);
  return names;
}

std::shared_ptr<const ByteSource> MemoryPlace::Open(const std::string& file) const {
  const std::size_t slash = file.rfind('/');
  const std::lock_guard lock(mutex_);
  if (slash == std::string::npos) FilesOf(file);  // closed, or a folder
  const Files& files = FilesOf(file.substr(0, slash));
  const auto found = files.find(slash == std::string::npos ? "" : file.substr(slash + 1));
  if (found != files.end()) return found->second;
  throw Error(ErrorKind::kBadInput, "no such file", {.file = file});
}

std::string MemoryPlace::Resolve(const std::string& location) const { return location; }

const std::shared_ptr<MemoryPlace>& LiveModels() {
  static const auto models = std::make_shared<MemoryPlace>();
  return models;
}

const MemoryPlace::Files& MemoryPlace::FilesOf(const std::string& location) const {
  const auto found = models_.find(location);
  if (found != models_.end()) return found->second;
  throw Error(ErrorKind::kBadInput,
              "a model that was live in a Python process: it is closed, or was never here",
              {.file = location});
}

}  // namespace modelkin
