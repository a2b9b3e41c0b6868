#include "atlas/row_writer.h"

#include <fmt/format.h>

#include <algorithm>

namespace modelkin {
namespace {

constexpr std::size_t kMostGatheredBytes = std::size_t{32} << 20;

std::span<const std::byte> BytesOf(const std::array<std::uint64_t, 2>& numbers) {
  return std::as_bytes(std::span(numbers));
}

}  // namespace

std::uint64_t RowWriter::FindPlace(const RowPlace& place) {
  const PlaceFields fields = FieldsOf(place);
  if (const auto found = place_ids_.find(fields); found != place_ids_.end()) return found->second;
  std::uint64_t id = FindPlaceId(database_, place);
  if (id == 0) {
    Statement insert(database_,
                     "INSERT INTO place(form, kind, role, row_count, column_count) "
                     "VALUES (?1, ?2, ?3, ?4, ?5)");
    int parameter = 0;
    for (const std::int64_t field : fields) insert.Bind(++parameter, field);
    insert.Run();
    id = static_cast<std::uint64_t>(database_.last_row_id());
  }
  place_ids_[fields] = id;
  OpenChunksOf(place, places_[id]);
  return id;
}

void RowWriter::OpenChunksOf(const RowPlace& place, OpenPlace& open) {
  open.form = place.form;
  std::vector<std::byte> bytes;
  for (const RowChunk& chunk : ChunksOf(database_, place)) {
    open.last_chunk = chunk.id;
    if (chunk.cleared == 0) continue;
    ReadChunk(database_, place.form, chunk, bytes);
    for (std::uint64_t slot = 0; slot < chunk.used; ++slot) {
      if (EntryOf(bytes, slot).id == 0) open.vacant.push_back({.chunk = chunk.id, .slot = slot});
    }
  }
  std::ranges::reverse(open.vacant);  // taken from the end: the first ones first
}

RowWriter::OpenChunk& RowWriter::FindChunk(std::uint64_t id) {
  if (const auto found = chunks_.find(id); found != chunks_.end()) return found->second;
  Statement select(database_,
                   "SELECT chunk.id, capacity, used, cleared, place, form FROM chunk "
                   "JOIN place ON place.id = place WHERE chunk.id = ?1");
  select.Bind(1, static_cast<std::int64_t>(id));
  if (!select.Step()) database_.FailDamaged(fmt::format("it has no chunk {}", id));
  OpenChunk chunk = {.form = select.Number(5) == 0 ? RowForm::kBits : RowForm::kProfile,
                     .place = static_cast<std::uint64_t>(select.Number(4)),
                     .counts = ChunkOf(database_, select)};
  return chunks_.emplace(id, std::move(chunk)).first->second;
}

RowWriter::OpenChunk& RowWriter::AddChunk(std::uint64_t place_id, OpenPlace& open) {
  const std::uint64_t capacity =
      open.last_chunk == 0
          ? kSmallestChunk
          : std::min(kLargestChunk, 4 * FindChunk(open.last_chunk).counts.capacity);
  Statement(database_, "INSERT INTO chunk(place, capacity, used, cleared) VALUES (?1, ?2, 0, 0)")
      .Bind(1, static_cast<std::int64_t>(place_id))
      .Bind(2, static_cast<std::int64_t>(capacity))
      .Run();
  open.last_chunk = static_cast<std::uint64_t>(database_.last_row_id());
  Statement(database_, "INSERT INTO chunk_data(id, bytes) VALUES (?1, ?2)")
      .Bind(1, static_cast<std::int64_t>(open.last_chunk))
      .BindZeros(2, ChunkBytes(open.form, capacity))
      .Run();
  return chunks_
      .emplace(open.last_chunk, OpenChunk{.form = open.form,
                                          .place = place_id,
                                          .counts = {.id = open.last_chunk, .capacity = capacity}})
      .first->second;
}

RowSlot RowWriter::Append(const RowPlace& place, const RowEntry& entry,
                          std::span<const std::byte> row) {
  const std::uint64_t place_id = FindPlace(place);
  OpenPlace& open = places_.at(place_id);
  RowSlot slot;
  if (!open.vacant.empty()) {
    slot = open.vacant.back();
    open.vacant.pop_back();
    OpenChunk& chunk = FindChunk(slot.chunk);
    if (chunk.counts.cleared == 0) database_.FailDamaged("counts of free slots are wrong");
    --chunk.counts.cleared;
    Gather(chunk, slot.slot, entry, row);
  } else {
    OpenChunk* chunk = open.last_chunk == 0 ? nullptr : &FindChunk(open.last_chunk);
    if (chunk == nullptr || chunk->counts.used == chunk->counts.capacity) {
      chunk = &AddChunk(place_id, open);
    }
    slot = {.chunk = chunk->counts.id, .slot = chunk->counts.used++};
    Gather(*chunk, slot.slot, entry, row);
  }
  if (gathered_bytes_ > kMostGatheredBytes) Flush();
  return slot;
}

void RowWriter::Gather(OpenChunk& chunk, std::uint64_t slot, const RowEntry& entry,
                       std::span<const std::byte> row) {
  const std::array<std::uint64_t, 2> numbers = {entry.id, entry.effective_values};
  const std::span<const std::byte> bytes = BytesOf(numbers);
  chunk.slots.push_back(slot);
  chunk.entries.insert(chunk.entries.end(), bytes.begin(), bytes.end());
  chunk.rows.insert(chunk.rows.end(), row.begin(), row.end());
  gathered_bytes_ += bytes.size() + row.size();
}

void RowWriter::Clear(const RowSlot& slot, std::uint64_t id) {
  OpenChunk& chunk = FindChunk(slot.chunk);
  WriteGathered(chunk);
  Blob blob(database_, "chunk_data", "bytes", static_cast<std::int64_t>(slot.chunk), true);
  CheckChunkSize(database_, blob, chunk.form, chunk.counts);
  std::array<std::byte, kEntryBytes> entry{};
  if (slot.slot >= chunk.counts.used ||
      (blob.Read(slot.slot * kEntryBytes, entry), EntryOf(entry, 0).id != id)) {
    database_.FailDamaged(fmt::format("record {} and its rows don't belong together", id));
  }
  blob.Write(slot.slot * kEntryBytes, std::array<std::byte, kEntryBytes>{});
  const std::vector<std::byte> zeros(RowBytes(chunk.form));
  blob.Write(chunk.counts.capacity * kEntryBytes + slot.slot * zeros.size(), zeros);
  ++chunk.counts.cleared;
  if (const auto open = places_.find(chunk.place); open != places_.end()) {
    open->second.vacant.push_back(slot);
  }
}

void RowWriter::WriteGathered(OpenChunk& chunk) {
  if (chunk.slots.empty()) return;
  Blob blob(database_, "chunk_data", "bytes", static_cast<std::int64_t>(chunk.counts.id), true);
  CheckChunkSize(database_, blob, chunk.form, chunk.counts);
  const std::size_t row_bytes = RowBytes(chunk.form);
  const std::span<const std::byte> entries(chunk.entries), rows(chunk.rows);
  for (std::size_t first = 0, end = 0; first < chunk.slots.size(); first = end) {
    end = first + 1;
    while (end < chunk.slots.size() && chunk.slots[end] == chunk.slots[end - 1] + 1) ++end;
    const std::size_t count = end - first;
    blob.Write(chunk.slots[first] * kEntryBytes,
               entries.subspan(first * kEntryBytes, count * kEntryBytes));
    blob.Write(chunk.counts.capacity * kEntryBytes + chunk.slots[first] * row_bytes,
               rows.subspan(first * row_bytes, count * row_bytes));
  }
  gathered_bytes_ -= chunk.entries.size() + chunk.rows.size();
  chunk.slots.clear();
  chunk.entries.clear();
  chunk.rows.clear();
}

void RowWriter::Flush() {
  Statement update(database_, "UPDATE chunk SET used = ?2, cleared = ?3 WHERE id = ?1");
  for (auto& [id, chunk] : chunks_) {
    WriteGathered(chunk);
    update.Bind(1, static_cast<std::int64_t>(id))
        .Bind(2, static_cast<std::int64_t>(chunk.counts.used))
        .Bind(3, static_cast<std::int64_t>(chunk.counts.cleared))
        .Run();
  }
}

}  // namespace modelkin
