#include <fmt/format.h>

#include <cstring>

#include "atlas/atlas.h"
#include "atlas/atlas_file.h"
#include "atlas/profile_features.h"
#include "atlas/row_store.h"
#include "base/error.h"
#include "base/escaped_text.h"
#include "base/interrupt.h"
#include "sketch/sketch_record.h"

namespace modelkin {
namespace {

constexpr std::size_t kMostProblems = 100;

// Looks whether records, sketches and rows of an atlas belong together.
class RecordCheck {
 public:
  explicit RecordCheck(const Database& database)
      : database_(database),
        chunk_(database,
               "SELECT chunk.id, capacity, used, cleared, form, kind, role, row_count, "
               "column_count FROM chunk JOIN place ON place.id = place WHERE chunk.id = ?1") {}

  // The sketch can be read, is the record's, and its rows lie where the record says.
  void Check(std::uint64_t id, const Statement& row) {
    const Sketch sketch = DecodeSketch(row.Bytes(5), fmt::format("record {}", id));
    std::string content;
    for (const char byte : row.Bytes(3)) {
      content += fmt::format("{:02x}", static_cast<unsigned char>(byte));
    }
    if (row.Text(1) != sketch.name || row.Text(2) != sketch.location || content != sketch.content) {
      database_.FailDamaged(fmt::format("record {} has another's sketch", id));
    }
    const std::vector<RowSlot> slots = UnpackSlots(database_, row.Bytes(4));
    std::size_t next = 0;
    for (const SketchedComponent& component : sketch.components) {
      CheckRow(id, slots, next, {.kind = component.kind, .place = component.place},
               std::as_bytes(std::span(component.bits)));
      const ProfileFeatures features = FeaturesOf(component);
      if (features == ProfileFeatures{}) continue;
      CheckRow(id, slots, next, {.form = RowForm::kProfile, .kind = component.kind},
               std::as_bytes(std::span(features)));
    }
    if (next != slots.size()) FailRow(id);
  }

  std::uint64_t rows() const { return rows_; }

 private:
  [[noreturn]] void FailRow(std::uint64_t id) const {
    database_.FailDamaged(fmt::format("record {} and its rows don't belong together", id));
  }

  void CheckRow(std::uint64_t id, std::span<const RowSlot> slots, std::size_t& next,
                const RowPlace& place, std::span<const std::byte> expected) {
    if (next == slots.size()) FailRow(id);
    const RowSlot slot = slots[next++];
    chunk_.Reset();
    chunk_.Bind(1, static_cast<std::int64_t>(slot.chunk));
    if (!chunk_.Step()) FailRow(id);
    const RowChunk chunk = ChunkOf(database_, chunk_);
    const PlaceFields fields = FieldsOf(place);
    for (std::size_t i = 0; i < fields.size(); ++i) {
      if (chunk_.Number(static_cast<int>(i) + 4) != fields[i]) FailRow(id);
    }
    const Blob blob(database_, "chunk_data", "bytes", static_cast<std::int64_t>(slot.chunk), false);
    CheckChunkSize(database_, blob, place.form, chunk);
    std::array<std::byte, kEntryBytes> entry;
    std::vector<std::byte> row(expected.size());
    if (slot.slot >= chunk.used) FailRow(id);
    blob.Read(slot.slot * kEntryBytes, entry);
    blob.Read(chunk.capacity * kEntryBytes + slot.slot * row.size(), row);
    if (EntryOf(entry, 0).id != id || !std::ranges::equal(row, expected)) FailRow(id);
    ++rows_;
  }

  const Database& database_;
  Statement chunk_;
  std::uint64_t rows_ = 0;
};

// Collects what is wrong, up to a number of lines.
class Problems {
 public:
  bool full() const { return lines_.size() >= kMostProblems; }
  void Add(std::string_view line) {
    if (!full()) lines_.push_back(Printable(line, 512));
  }
  std::vector<std::string> Take() && { return std::move(lines_); }

 private:
  std::vector<std::string> lines_;
};

std::uint64_t NumberOf(const Database& database, std::string_view select) {
  Statement statement(database, select);
  statement.Step();
  return static_cast<std::uint64_t>(statement.Number(0));
}

void CheckRecords(const Database& database, Problems& problems) {
  RecordCheck check(database);
  Statement select(database,
                   "SELECT record.id, name, location, content, slots, bytes FROM record "
                   "LEFT JOIN sketch ON sketch.id = record.id ORDER BY record.id");
  std::uint64_t records = 0;
  while (!problems.full() && select.Step()) {
    ThrowIfInterrupted();
    ++records;
    try {
      check.Check(static_cast<std::uint64_t>(select.Number(0)), select);
    } catch (const Error& error) {
      const bool of_file = error.site().file == database.path();
      problems.Add(of_file ? error.message() : error.what());
    }
  }
  if (problems.full()) return;
  if (NumberOf(database, "SELECT count(*) FROM sketch") != records) {
    problems.Add("there are sketches without a record");
  }
  const std::uint64_t rows =
      NumberOf(database, "SELECT ifnull(sum(used) - sum(cleared), 0) FROM chunk");
  if (rows != check.rows()) {
    problems.Add(fmt::format("{} rows belong to records, and {} are counted", check.rows(), rows));
  }
}

}  // namespace

std::vector<std::string> Atlas::Verify() const {
  Problems problems;
  const Transaction one_state(*database_, Transaction::Kind::kRead);
  try {
    Statement check(*database_, "PRAGMA integrity_check(100)");
    while (check.Step()) {
      if (check.Text(0) != "ok") problems.Add(check.Text(0));
    }
    Generation(*database_);
    CheckRecords(*database_, problems);
  } catch (const Error& error) {
    if (error.is_failure_of_system()) throw;
    problems.Add(error.message());
  }
  return std::move(problems).Take();
}

}  // namespace modelkin
