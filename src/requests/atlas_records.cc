#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <system_error>
#include <tuple>
#include <utility>

#include "base/error.h"
#include "base/parallel.h"
#include "requests/atlas.h"
#include "sketch/sketch_json.h"
#include "sketch/sketch_record.h"

namespace modelkin {
namespace {

// Records that are added together: indices are written by the page, which a few records fill no
// better than many.
constexpr std::size_t kRecordsAtOnce = 10'000;
constexpr std::size_t kBytesAtOnce = std::size_t{64} << 20;
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

// A record as a file holds it.
struct StoredRecord {
  std::string bytes;
  std::string label;     // for errors: its file, with the number of its line
  bool is_line = false;  // of JSON, else as a sketch is kept

  Sketch Read() const {
    return is_line ? ReadSketchJson(bytes, label) : DecodeSketch(bytes, label);
  }
};

// Collects records, and reads and adds many at a time.
class RecordAdder {
 public:
  RecordAdder(const std::string& atlas, const RequestContext& context)
      : atlas_(Atlas::Open(atlas, AtlasAccess::kCreate)), context_(context) {}

  void Add(StoredRecord record) {
    pending_bytes_ += record.bytes.size();
    pending_.push_back(std::move(record));
    if (pending_.size() == kRecordsAtOnce || pending_bytes_ >= kBytesAtOnce) Flush();
  }
  ImportCounts Finish() {
    Flush();
    return counts_;
  }

 private:
  void Flush() {
    ThrowIfInterrupted();
    std::vector<Sketch> sketches(pending_.size());
    ParallelFor(context_.threads, pending_.size(),
                [&](std::size_t i, unsigned) { sketches[i] = pending_[i].Read(); });
    const AtlasChange change = atlas_.Add(sketches);
    counts_.records += pending_.size();
    counts_.change.added += change.added;
    counts_.change.replaced += change.replaced;
    context_.progress->Advance(pending_bytes_);
    pending_.clear();
    pending_bytes_ = 0;
  }

  Atlas atlas_;
  const RequestContext& context_;
  std::vector<StoredRecord> pending_;
  std::size_t pending_bytes_ = 0;
  ImportCounts counts_;
};

// Gives the lines of a file without their ends.
class LineReader {
 public:
  explicit LineReader(std::ifstream& file) : file_(file) {}

  // Returns whether there was a line. Of one that is too long to be a sketch only the beginning.
  bool Next(std::string& line) {
    line.clear();
    while (begin_ < block_.size() || ReadBlock()) {
      const std::string_view left = std::string_view(block_).substr(begin_);
      const std::size_t end = left.find('\n');
      line.append(left.substr(0, end));
      begin_ += end == std::string_view::npos ? left.size() : end + 1;
      if (end != std::string_view::npos || line.size() > kMostSketchLine) return true;
    }
    return !line.empty();
  }

 private:
  bool ReadBlock() {
    constexpr std::size_t kBlock = std::size_t{1} << 18;
    block_.resize(kBlock);
    file_.read(block_.data(), kBlock);
    block_.resize(static_cast<std::size_t>(file_.gcount()));
    begin_ = 0;
    return !block_.empty();
  }

  std::ifstream& file_;
  std::string block_;
  std::size_t begin_ = 0;
};

void ImportLines(const std::string& path, std::ifstream& file, RecordAdder& adder) {
  LineReader lines(file);
  std::string line;
  for (std::uint64_t number = 1; lines.Next(line); ++number) {
    if (line.empty()) continue;
    adder.Add({.bytes = std::move(line),
               .label = fmt::format("{} line {}", path, number),
               .is_line = true});
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
  adder.Add({.bytes = std::move(record), .label = path});
}

// Bytes of all files; what can't be asked for its size is told of when it is read.
std::uint64_t BytesOf(const std::vector<std::string>& files) {
  std::uint64_t bytes = 0;
  for (const std::string& file : files) {
    std::error_code error;
    const std::uintmax_t size = std::filesystem::file_size(file, error);
    if (!error) bytes += size;
  }
  return bytes;
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
  context.progress->Begin("records", BytesOf(files));
  RecordAdder adder(atlas, context);
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
