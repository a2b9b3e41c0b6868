#include "atlas/atlas.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <set>
#include <system_error>
#include <unordered_map>

#include "atlas/atlas_file.h"
#include "atlas/database.h"
#include "atlas/profile_features.h"
#include "atlas/row_writer.h"
#include "base/error.h"
#include "base/interrupt.h"
#include "sketch/sketch_record.h"

namespace modelkin {
namespace {

constexpr std::string_view kEntryColumns = "id, name, location, family, content";

std::int64_t ToRow(std::uint64_t id) { return static_cast<std::int64_t>(id); }

std::string ContentBytes(const Database& database, const std::string& digits) {
  std::string bytes;
  const auto value = [&](char digit) -> unsigned {
    if (digit >= '0' && digit <= '9') return static_cast<unsigned>(digit - '0');
    if (digit >= 'a' && digit <= 'f') return static_cast<unsigned>(digit - 'a') + 10;
    throw Error(ErrorKind::kBadInput, "a sketch's content is no SHA-256",
                {.file = database.path()});
  };
  for (std::size_t i = 0; i + 1 < digits.size(); i += 2) {
    bytes.push_back(static_cast<char>(value(digits[i]) * 16 + value(digits[i + 1])));
  }
  return bytes;
}

AtlasEntry EntryOfRow(const Statement& row) {
  AtlasEntry entry = {.id = static_cast<std::uint64_t>(row.Number(0)),
                      .name = std::string(row.Text(1)),
                      .location = std::string(row.Text(2)),
                      .family = std::string(row.Text(3))};
  for (const char byte : row.Bytes(4)) {
    entry.content += fmt::format("{:02x}", static_cast<unsigned char>(byte));
  }
  return entry;
}

// Adds and removes records within one transaction.
class RecordWriter {
 public:
  explicit RecordWriter(Database& database)
      : database_(database),
        rows_(database),
        find_(database,
              "SELECT id FROM record WHERE ?2 <> '' AND location = ?2 UNION "
              "SELECT id FROM record WHERE ?2 = '' AND location = '' AND content = ?1 ORDER BY 1"),
        slots_(database, "SELECT slots FROM record WHERE id = ?1"),
        delete_record_(database, "DELETE FROM record WHERE id = ?1"),
        delete_sketch_(database, "DELETE FROM sketch WHERE id = ?1"),
        insert_record_(database,
                       "INSERT INTO record(id, name, location, family, content, version, slots) "
                       "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)"),
        insert_sketch_(database, "INSERT INTO sketch(id, bytes) VALUES (?1, ?2)") {
    Statement last(database, "SELECT ifnull(max(id), 0) FROM record");
    last.Step();
    if (last.Number(0) == INT64_MAX) database.FailDamaged("it has no number left for a record");
    next_id_ = last.Number(0) + 1;
  }

  void Add(const Sketch& sketch, AtlasChange& change) {
    const std::string bytes = EncodeSketch(sketch);
    // As it will be read: names are cut, and what can't be read is not added.
    const Sketch kept = DecodeSketch(bytes, sketch.name.empty() ? "a sketch" : sketch.name);
    const std::string content = ContentBytes(database_, kept.content);
    std::vector<std::uint64_t> before;
    find_.BindBytes(1, content).Bind(2, std::string_view(kept.location));
    while (find_.Step()) before.push_back(static_cast<std::uint64_t>(find_.Number(0)));
    find_.Reset();
    for (const std::uint64_t id : before) Remove(id);
    const std::int64_t id = before.empty() ? next_id_++ : ToRow(before.front());
    change.replaced += before.size();
    change.added += before.empty();
    const std::string slots = PackSlots(AddRows(static_cast<std::uint64_t>(id), kept));
    insert_record_.Bind(1, id)
        .Bind(2, std::string_view(kept.name))
        .Bind(3, std::string_view(kept.location))
        .Bind(4, std::string_view(kept.family))
        .BindBytes(5, content)
        .Bind(6, std::int64_t{kSketchVersion})
        .BindBytes(7, slots)
        .Run();
    insert_sketch_.Bind(1, id).BindBytes(2, bytes).Run();
  }

  void Remove(std::uint64_t id) {
    slots_.Bind(1, ToRow(id));
    if (!slots_.Step()) database_.FailDamaged(fmt::format("it has no record {}", id));
    const std::vector<RowSlot> slots = UnpackSlots(database_, slots_.Bytes(0));
    slots_.Reset();
    for (const RowSlot& slot : slots) rows_.Clear(slot, id);
    delete_record_.Bind(1, ToRow(id)).Run();
    delete_sketch_.Bind(1, ToRow(id)).Run();
  }

  void Finish() { rows_.Flush(); }

 private:
  std::vector<RowSlot> AddRows(std::uint64_t id, const Sketch& sketch) {
    std::vector<RowSlot> slots;
    for (const SketchedComponent& component : sketch.components) {
      slots.push_back(rows_.Append({.kind = component.kind, .place = component.place},
                                   {.id = id, .effective_values = component.effective_values},
                                   std::as_bytes(std::span(component.bits))));
      const ProfileFeatures features = FeaturesOf(component);
      if (features == ProfileFeatures{}) continue;
      slots.push_back(rows_.Append({.form = RowForm::kProfile, .kind = component.kind}, {.id = id},
                                   std::as_bytes(std::span(features))));
    }
    return slots;
  }

  Database& database_;
  RowWriter rows_;
  Statement find_, slots_, delete_record_, delete_sketch_, insert_record_, insert_sketch_;
  std::int64_t next_id_ = 1;
};

}  // namespace

Atlas Atlas::Open(const std::string& path, AtlasAccess access) {
  return Atlas(OpenAtlasFile(path, access));
}

Atlas::Atlas(std::unique_ptr<Database> database) : database_(std::move(database)) {}
Atlas::Atlas(Atlas&&) noexcept = default;
Atlas& Atlas::operator=(Atlas&&) noexcept = default;
Atlas::~Atlas() = default;

const std::string& Atlas::path() const { return database_->path(); }

AtlasChange Atlas::Add(std::span<const Sketch> sketches) {
  AtlasChange change;
  Transaction transaction(*database_, Transaction::Kind::kWrite);
  {
    RecordWriter writer(*database_);
    for (const Sketch& sketch : sketches) {
      ThrowIfInterrupted();
      writer.Add(sketch, change);
    }
    writer.Finish();
  }
  CountChange(*database_);
  transaction.Commit();
  return change;
}

std::uint64_t Atlas::Remove(std::string_view name) {
  std::vector<std::uint64_t> ids;
  Transaction transaction(*database_, Transaction::Kind::kWrite);
  {
    Statement select(*database_, "SELECT id FROM record WHERE name = ?1");
    select.Bind(1, name);
    while (select.Step()) ids.push_back(static_cast<std::uint64_t>(select.Number(0)));
  }
  {
    RecordWriter writer(*database_);
    for (const std::uint64_t id : ids) writer.Remove(id);
    writer.Finish();
  }
  CountChange(*database_);
  transaction.Commit();
  return ids.size();
}

std::vector<std::uint64_t> Atlas::Find(std::string_view name_or_location) const {
  Statement select(*database_,
                   "SELECT id FROM record WHERE name = ?1 UNION "
                   "SELECT id FROM record WHERE location = ?1 ORDER BY 1");
  select.Bind(1, name_or_location);
  std::vector<std::uint64_t> ids;
  while (select.Step()) ids.push_back(static_cast<std::uint64_t>(select.Number(0)));
  return ids;
}

Sketch Atlas::Read(std::uint64_t id) const {
  Statement select(*database_, "SELECT bytes FROM sketch WHERE id = ?1");
  select.Bind(1, ToRow(id));
  if (!select.Step()) {
    throw Error(ErrorKind::kBadInput, fmt::format("there is no record {}", id), {.file = path()});
  }
  return DecodeSketch(select.Bytes(0), fmt::format("{}: record {}", path(), id));
}

AtlasEntry Atlas::ReadEntry(std::uint64_t id) const {
  Statement select(*database_, fmt::format("SELECT {} FROM record WHERE id = ?1", kEntryColumns));
  select.Bind(1, ToRow(id));
  if (!select.Step()) {
    throw Error(ErrorKind::kBadInput, fmt::format("there is no record {}", id), {.file = path()});
  }
  return EntryOfRow(select);
}

void Atlas::ForEachEntry(const std::function<void(const AtlasEntry&)>& use) const {
  Statement select(*database_, fmt::format("SELECT {} FROM record ORDER BY id", kEntryColumns));
  while (select.Step()) use(EntryOfRow(select));
}

void Atlas::ForEachSketch(const std::function<void(std::uint64_t id, const Sketch&)>& use) const {
  Statement select(*database_, "SELECT id, bytes FROM sketch ORDER BY id");
  while (select.Step()) {
    ThrowIfInterrupted();
    const auto id = static_cast<std::uint64_t>(select.Number(0));
    use(id, DecodeSketch(select.Bytes(1), fmt::format("{}: record {}", path(), id)));
  }
}

std::uint64_t Atlas::CountRecords() const {
  Statement select(*database_, "SELECT count(*) FROM record");
  select.Step();
  return static_cast<std::uint64_t>(select.Number(0));
}

}  // namespace modelkin
