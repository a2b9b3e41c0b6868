#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <system_error>
#include <tuple>
#include <utility>

#include "base/error.h"
#include "requests/atlas.h"
#include "sketch/sketch_json.h"
#include "sketch/sketch_record.h"

namespace modelkin {
namespace {

constexpr std::size_t kRecordsAtOnce = 1000;
constexpr std::string_view kRecordEnding = ".sketch";

[[noreturn]] void FailRecordFile(const std::string& file, std::string_view message,
                                 ErrorKind kind = ErrorKind::kIo) {
  throw Error(kind, message, {.file = file, .tensor = {}, .offset_bytes = {}});
}

// The files that a path names: itself, or of a folder those of records in it and below it, in the
// order of their names.
std::vector<std::string> RecordFilesOf(const std::string& path) {
  std::error_code error;
  if (!std::filesystem::is_directory(path, error)) return {path};
  std::vector<std::string> files;
  for (auto entry = std::filesystem::recursive_directory_iterator(path, error);
       !error && entry != std::filesystem::recursive_directory_iterator(); entry.increment(error)) {
    if (entry->path().extension() == kRecordEnding && entry->is_regular_file()) {
      files.push_back(entry->path().string());
    }
  }
  if (error) FailRecordFile(path, error.message());
  if (files.empty()) {
    FailRecordFile(path, fmt::format("holds no files of records (*{})", kRecordEnding),
                   ErrorKind::kBadInput);
  }
  std::ranges::sort(files);
  return files;
}

// Collects sketches, and adds a thousand at a time.
class RecordAdder {
 public:
  explicit RecordAdder(const std::string& atlas)
      : atlas_(Atlas::Open(atlas, AtlasAccess::kCreate)) {}

  void Add(Sketch sketch) {
    pending_.push_back(std::move(sketch));
    if (pending_.size() == kRecordsAtOnce) Flush();
  }
  ImportCounts Finish() {
    Flush();
    return counts_;
  }

 private:
  void Flush() {
    ThrowIfInterrupted();
    const AtlasChange change = atlas_.Add(pending_);
    counts_.records += pending_.size();
    counts_.change.added += change.added;
    counts_.change.replaced += change.replaced;
    pending_.clear();
  }

  Atlas atlas_;
  std::vector<Sketch> pending_;
  ImportCounts counts_;
};

// Up to the end of the line; at most one byte more than a line may have.
std::string NextLine(std::ifstream& file) {
  std::string line;
  for (int c = file.get(); c != std::ifstream::traits_type::eof() && c != '\n'; c = file.get()) {
    line.push_back(static_cast<char>(c));
    if (line.size() > kMostSketchLine) break;
  }
  return line;
}

void ImportLines(const std::string& path, std::ifstream& file, RecordAdder& adder) {
  for (std::uint64_t number = 1; file; ++number) {
    const std::string line = NextLine(file);
    if (line.empty()) continue;
    adder.Add(ReadSketchJson(line, fmt::format("{} line {}", path, number)));
  }
}

void ImportFile(const std::string& path, RecordAdder& adder) {
  std::error_code error;
  if (!std::filesystem::is_regular_file(path, error)) {
    FailRecordFile(path, "there is no such file", ErrorKind::kBadInput);
  }
  std::ifstream file(path, std::ios::binary);
  if (!file) FailRecordFile(path, "can't be opened");
  if (file.peek() == '{') {
    ImportLines(path, file, adder);
    return;
  }
  std::string record(kMostSketchBytes + 1, '\0');
  file.read(record.data(), static_cast<std::streamsize>(record.size()));
  record.resize(static_cast<std::size_t>(file.gcount()));
  adder.Add(DecodeSketch(record, path));
}

}  // namespace

ImportCounts ImportRecords(const std::string& atlas, const std::vector<std::string>& paths,
                           const RequestContext& context) {
  const HeedStop heed(*context.stop);
  std::vector<std::string> files;
  for (const std::string& path : paths) {
    const std::vector<std::string> more = RecordFilesOf(path);
    files.insert(files.end(), more.begin(), more.end());
  }
  RecordAdder adder(atlas);
  for (const std::string& file : files) ImportFile(file, adder);
  return adder.Finish();
}

void ExportRecords(const Atlas& atlas, const std::function<void(std::string_view)>& line) {
  std::vector<std::tuple<std::string, std::string, std::uint64_t>> order;
  atlas.ForEachEntry([&](const AtlasEntry& entry) {
    order.emplace_back(entry.location, entry.content, entry.id);
  });
  std::ranges::sort(order);
  for (const auto& [location, content, id] : order) {
    ThrowIfInterrupted();
    line(SketchJson(atlas.Read(id)));
  }
}

}  // namespace modelkin
