#include "storage/gguf/gguf_file.h"

#include <fmt/format.h>

#include <algorithm>
#include <unordered_set>

#include "base/checked_arithmetic.h"
#include "base/error.h"
#include "base/escaped_text.h"
#include "storage/gguf/gguf_bytes.h"
#include "storage/safetensors.h"

namespace modelkin {
namespace {

constexpr std::uint64_t kMostKeyBytes = 65'535;
constexpr std::uint64_t kMostTextBytes = std::uint64_t{1} << 20;
constexpr std::uint64_t kMostItems = 4096;
constexpr std::uint64_t kMostItemBytes = std::uint64_t{64} << 10;
constexpr std::uint64_t kMostHeldItems = std::uint64_t{1} << 20;  // of all arrays
constexpr std::uint64_t kMostEntries = 100'000, kMostTensors = 1'000'000;
constexpr std::uint64_t kUsualAlignment = 32;
constexpr std::uint32_t kMostGgufDimensions = 4;
constexpr std::uint64_t kMostSplits = 65'535;  // a 16-bit number
// Of the shortest key with a value, and of the shortest tensor.
constexpr std::uint64_t kLeastEntryBytes = 8 + 4 + 1, kLeastTensorBytes = 8 + 4 + 4 + 8;

class GgufReader {
 public:
  explicit GgufReader(const ByteSource& source) : source_(source), bytes_(source) {}

  GgufFile Read() {
    ReadVersion();
    const auto tensors = bytes_.Fixed<std::uint64_t>();
    const auto pairs = bytes_.Fixed<std::uint64_t>();
    RequireRoom(pairs, kLeastEntryBytes, "keys");
    RequireAtMost(pairs, kMostEntries, "keys");
    for (std::uint64_t i = 0; i < pairs; ++i) ReadEntry(i);
    RequireRoom(tensors, kLeastTensorBytes, "tensors");
    RequireAtMost(tensors, kMostTensors, "tensors");
    const std::uint64_t alignment = Alignment();
    for (std::uint64_t i = 0; i < tensors; ++i) ReadTensor(i);
    bytes_.SetTensor({});
    const std::uint64_t data = (bytes_.position() + alignment - 1) / alignment * alignment;
    file_.header_bytes = std::min(data, source_.size_bytes());
    PlaceTensors(data, alignment);
    ReadSplit();
    bytes_.RequireNothingLost();
    return std::move(file_);
  }

 private:
  void ReadVersion() {
    if (bytes_.Take(4) != "GGUF") bytes_.FailAt(0, "is no GGUF file");
    file_.version = bytes_.Fixed<std::uint32_t>();
    if (file_.version == 1) {
      bytes_.FailAt(4, "version 1 of GGUF, of before October 2023, is not read here: convert it");
    }
    if ((file_.version & 0xFFFF) == 0 && file_.version != 0) {
      bytes_.FailAt(4, "a big-endian GGUF file, for other machines, is not read here");
    }
    if (file_.version != 2 && file_.version != 3) {
      bytes_.FailAt(4, fmt::format("version {} of GGUF is not known here", file_.version));
    }
  }

  void RequireRoom(std::uint64_t count, std::uint64_t least_bytes, std::string_view what) const {
    if (count <= bytes_.left() / least_bytes) return;
    bytes_.Fail(fmt::format("claims {} {}, for which the file's {} bytes have no room (truncated?)",
                            count, what, source_.size_bytes()));
  }

  void RequireAtMost(std::uint64_t count, std::uint64_t most, std::string_view what) const {
    if (count > most) bytes_.Fail(fmt::format("{} {}, where {} are the most", count, what, most));
  }

  // Whether the items of an array are few enough to be held with those of others.
  bool MayHold(std::uint64_t items) {
    if (items > kMostItems || held_items_ + items > kMostHeldItems) return false;
    held_items_ += items;
    return true;
  }

  void ReadEntry(std::uint64_t number) {
    bytes_.SetContext(fmt::format("key {}", number + 1));
    const std::uint64_t begin = bytes_.position();
    const auto length = bytes_.Fixed<std::uint64_t>();
    if (length > kMostKeyBytes) {
      bytes_.FailAt(begin, fmt::format("key {} has {} bytes, and {} are the most", number + 1,
                                       length, kMostKeyBytes));
    }
    std::string key(bytes_.Take(length));
    bytes_.SetContext(fmt::format("the value of \"{}\"", Printable(key, 64)));
    const auto type = bytes_.Fixed<GgufValueType>();
    GgufEntry entry{.value = {}, .offset_bytes = bytes_.position()};
    entry.value = type == GgufValueType::kArray ? GgufValue(ReadArray()) : ReadValue(type);
    const auto [place, fresh] = file_.entries.emplace(std::move(key), std::move(entry));
    if (!fresh) {
      bytes_.FailAt(begin, fmt::format("key \"{}\" occurs twice", Printable(place->first, 64)));
    }
  }

  GgufValue ReadValue(GgufValueType type) {
    if (type == GgufValueType::kString) return ReadText();
    return std::visit([](const auto& value) { return GgufValue(value); }, ReadScalar(type));
  }

  GgufValue ReadText() {
    const auto length = bytes_.Fixed<std::uint64_t>();
    if (length <= kMostTextBytes) return std::string(bytes_.Take(length));
    GgufArray array{.type = GgufValueType::kU8,
                    .count = length,
                    .offset_bytes = bytes_.position(),
                    .length_bytes = length,
                    .items = {}};
    bytes_.Skip(length);
    return array;
  }

  // Of no array.
  GgufScalar ReadScalar(GgufValueType type) {
    switch (type) {
      case GgufValueType::kU8: return std::uint64_t{bytes_.Fixed<std::uint8_t>()};
      case GgufValueType::kI8: return std::int64_t{bytes_.Fixed<std::int8_t>()};
      case GgufValueType::kU16: return std::uint64_t{bytes_.Fixed<std::uint16_t>()};
      case GgufValueType::kI16: return std::int64_t{bytes_.Fixed<std::int16_t>()};
      case GgufValueType::kU32: return std::uint64_t{bytes_.Fixed<std::uint32_t>()};
      case GgufValueType::kI32: return std::int64_t{bytes_.Fixed<std::int32_t>()};
      case GgufValueType::kF32: return static_cast<double>(bytes_.Fixed<float>());
      case GgufValueType::kBool: return bytes_.Fixed<std::uint8_t>() != 0;
      case GgufValueType::kString: return std::string(bytes_.Take(bytes_.Fixed<std::uint64_t>()));
      case GgufValueType::kU64: return bytes_.Fixed<std::uint64_t>();
      case GgufValueType::kI64: return bytes_.Fixed<std::int64_t>();
      case GgufValueType::kF64: return bytes_.Fixed<double>();
      case GgufValueType::kArray: break;
    }
    FailType(type);
  }

  [[noreturn]] void FailType(GgufValueType type) const {
    bytes_.Fail(type == GgufValueType::kArray
                    ? std::string("an array of arrays, which llama.cpp does not read either")
                    : fmt::format("unknown type {} of a value", static_cast<std::uint32_t>(type)));
  }

  GgufArray ReadArray() {
    const auto type = bytes_.Fixed<GgufValueType>();
    GgufArray array{.type = type,
                    .count = bytes_.Fixed<std::uint64_t>(),
                    .offset_bytes = bytes_.position(),
                    .length_bytes = 0,
                    .items = {}};
    const std::uint64_t width = WidthOf(type);
    if (width == 0 && type != GgufValueType::kString) FailType(type);
    RequireRoom(array.count, width > 0 ? width : 8, "items of an array");
    if (width > 0) {
      array.length_bytes = array.count * width;
      if (MayHold(array.count)) {
        for (std::uint64_t i = 0; i < array.count; ++i) array.items.push_back(ReadScalar(type));
      } else {
        bytes_.Skip(array.length_bytes);
      }
      return array;
    }
    bool held = MayHold(array.count);
    for (std::uint64_t i = 0; i < array.count; ++i) {
      const auto length = bytes_.Fixed<std::uint64_t>();
      held = held && bytes_.position() - array.offset_bytes + length <= kMostItemBytes &&
             length <= kMostItemBytes;
      if (!held) array.items.clear();
      if (held) {
        array.items.emplace_back(std::string(bytes_.Take(length)));
      } else {
        bytes_.Skip(length);
      }
    }
    array.length_bytes = bytes_.position() - array.offset_bytes;
    return array;
  }

  std::uint64_t Alignment() const {
    const auto found = file_.entries.find("general.alignment");
    if (found == file_.entries.end()) return kUsualAlignment;
    const auto* const value = std::get_if<std::uint64_t>(&found->second.value);
    if (value == nullptr || *value > UINT32_MAX || *value == 0 || (*value & (*value - 1)) != 0) {
      bytes_.FailAt(found->second.offset_bytes, "general.alignment is no power of 2");
    }
    return *value;
  }

  void ReadTensor(std::uint64_t number) {
    bytes_.SetTensor({});
    bytes_.SetContext(fmt::format("tensor {}", number + 1));
    const std::uint64_t begin = bytes_.position();
    const auto length = bytes_.Fixed<std::uint64_t>();
    if (length > kMaxTensorNameBytes) {
      bytes_.FailAt(begin, fmt::format("the name of tensor {} has {} bytes, and {} are the most",
                                       number + 1, length, kMaxTensorNameBytes));
    }
    GgufTensor tensor{.name = std::string(bytes_.Take(length))};
    bytes_.SetTensor(tensor.name);
    bytes_.SetContext("its entry");
    if (!names_.insert(tensor.name).second) bytes_.FailAt(begin, "name occurs twice");
    ReadShape(tensor);
    ReadType(tensor);
    tensor.offset_bytes = bytes_.Fixed<std::uint64_t>();
    file_.tensors.push_back(std::move(tensor));
  }

  void ReadShape(GgufTensor& tensor) {
    const std::uint64_t begin = bytes_.position();
    const auto dimensions = bytes_.Fixed<std::uint32_t>();
    if (dimensions > kMostGgufDimensions) {
      bytes_.FailAt(begin, fmt::format("{} dimensions, where {} are the most", dimensions,
                                       kMostGgufDimensions));
    }
    for (std::uint32_t i = 0; i < dimensions; ++i) {
      tensor.shape.push_back(bytes_.Fixed<std::uint64_t>());
      if (tensor.shape.back() == 0) bytes_.FailAt(bytes_.position() - 8, "a dimension of 0");
    }
    std::ranges::reverse(tensor.shape);
    const auto elements = ElementCount(tensor.shape);
    if (!elements || *elements > INT64_MAX) {
      bytes_.FailAt(begin, fmt::format("shape {} overflows 63 bits", ShapeText(tensor.shape)));
    }
    tensor.elements = *elements;
  }

  void ReadType(GgufTensor& tensor) {
    const std::uint64_t begin = bytes_.position();
    const auto id = bytes_.Fixed<std::uint32_t>();
    tensor.type = FindGgufType(id);
    if (tensor.type == nullptr) {
      const std::string_view name = NameOfUnwrittenGgufType(id);
      bytes_.FailAt(
          begin,
          name.empty()
              ? fmt::format("type {}, which is not known here", id)
              : fmt::format("type {} ({}), which llama.cpp does not write into files", name, id));
    }
    const std::uint64_t row = tensor.shape.empty() ? 1 : tensor.shape.back();
    if (row % tensor.type->values != 0) {
      bytes_.FailAt(begin, fmt::format("rows of {} values, where {} has blocks of {}", row,
                                       tensor.type->name, tensor.type->values));
    }
    const auto length = CheckedMultiply(tensor.elements / tensor.type->values, tensor.type->bytes);
    if (!length) {
      bytes_.FailAt(begin, fmt::format("shape {} overflows 64 bits", ShapeText(tensor.shape)));
    }
    tensor.length_bytes = *length;
  }

  // Puts tensors in order of their places, which were given from the data's beginning on.
  void PlaceTensors(std::uint64_t data, std::uint64_t alignment) {
    std::ranges::stable_sort(file_.tensors, {}, &GgufTensor::offset_bytes);
    std::uint64_t end = data;  // with padding
    for (GgufTensor& tensor : file_.tensors) {
      bytes_.SetTensor(tensor.name);
      const auto begin = CheckedAdd(data, tensor.offset_bytes);
      if (!begin || *begin > source_.size_bytes() ||
          tensor.length_bytes > source_.size_bytes() - *begin) {
        bytes_.FailAt(std::min(begin.value_or(UINT64_MAX), source_.size_bytes()),
                      fmt::format("{} bytes from byte {} of the data on, but the file ends at byte "
                                  "{} (truncated?)",
                                  tensor.length_bytes, tensor.offset_bytes, source_.size_bytes()));
      }
      if (*begin != end) {
        bytes_.FailAt(*begin, fmt::format("data begins {} byte {}, where the tensor before it, and "
                                          "its padding, end ({})",
                                          *begin < end ? "before" : "after", end,
                                          *begin < end ? "overlap" : "hole"));
      }
      tensor.offset_bytes = *begin;
      end = *begin + (tensor.length_bytes + alignment - 1) / alignment * alignment;
    }
    bytes_.SetTensor({});
  }

  void ReadSplit() {
    const std::uint64_t splits = SplitNumber("split.count").value_or(0);
    const std::uint64_t split = SplitNumber("split.no").value_or(0);
    file_.splits = static_cast<std::uint32_t>(std::max<std::uint64_t>(splits, 1));
    if (split >= file_.splits) {
      bytes_.FailAt(file_.entries.find("split.no")->second.offset_bytes,
                    fmt::format("split.no is {}, of {} files", split, file_.splits));
    }
    file_.split = static_cast<std::uint32_t>(split);
    file_.tensors_of_all_splits = file_.Size("split.tensors.count");
  }

  std::optional<std::uint64_t> SplitNumber(std::string_view key) const {
    const auto found = file_.entries.find(key);
    if (found == file_.entries.end()) return std::nullopt;
    const auto number = file_.Size(key);
    if (!number || *number > kMostSplits) {
      bytes_.FailAt(found->second.offset_bytes,
                    fmt::format("{} is no number of files up to {}", key, kMostSplits));
    }
    return number;
  }

  const ByteSource& source_;
  GgufBytes bytes_;
  GgufFile file_;
  std::unordered_set<std::string> names_;
  std::uint64_t held_items_ = 0;
};

}  // namespace

const GgufValue* GgufFile::Find(std::string_view key) const {
  const auto found = entries.find(key);
  return found == entries.end() ? nullptr : &found->second.value;
}

std::string GgufFile::Text(std::string_view key) const {
  const GgufValue* const value = Find(key);
  const auto* const text = value == nullptr ? nullptr : std::get_if<std::string>(value);
  return text == nullptr ? "" : *text;
}

std::optional<std::uint64_t> GgufFile::Size(std::string_view key) const {
  const GgufValue* const value = Find(key);
  if (value == nullptr) return std::nullopt;
  if (const auto* const number = std::get_if<std::uint64_t>(value)) return *number;
  const auto* const number = std::get_if<std::int64_t>(value);
  if (number == nullptr || *number < 0) return std::nullopt;
  return static_cast<std::uint64_t>(*number);
}

std::optional<double> GgufFile::Number(std::string_view key) const {
  const GgufValue* const value = Find(key);
  if (value == nullptr) return std::nullopt;
  if (const auto* const number = std::get_if<double>(value)) return *number;
  if (const auto* const number = std::get_if<std::uint64_t>(value)) {
    return static_cast<double>(*number);
  }
  const auto* const number = std::get_if<std::int64_t>(value);
  if (number == nullptr) return std::nullopt;
  return static_cast<double>(*number);
}

std::optional<bool> GgufFile::Flag(std::string_view key) const {
  const GgufValue* const value = Find(key);
  const auto* const flag = value == nullptr ? nullptr : std::get_if<bool>(value);
  if (flag == nullptr) return std::nullopt;
  return *flag;
}

GgufFile ReadGgufFile(const ByteSource& file) { return GgufReader(file).Read(); }

}  // namespace modelkin
