// Adds rows to the chunks of an atlas, and clears them.
#ifndef MODELKIN_ATLAS_ROW_WRITER_H_
#define MODELKIN_ATLAS_ROW_WRITER_H_

#include <cstddef>
#include <cstdint>
#include <map>
#include <span>
#include <vector>

#include "atlas/row_store.h"

namespace modelkin {

// Works within one transaction. Rows are gathered until Flush(), so that those of a
// chunk are written together.
class RowWriter {
 public:
  explicit RowWriter(Database& database) : database_(database) {}

  // Gives the row a free slot of its place.
  RowSlot Append(const RowPlace& place, const RowEntry& entry, std::span<const std::byte> row);
  // Frees a slot, whose row becomes zeros. Throws Error(kBadInput) if it isn't the record's.
  void Clear(const RowSlot& slot, std::uint64_t id);
  // Writes what is gathered. Required before the transaction's end.
  void Flush();

 private:
  struct OpenPlace {
    RowForm form = RowForm::kBits;
    std::uint64_t last_chunk = 0;  // that rows are appended to; 0: there is none
    std::vector<RowSlot> vacant;   // cleared before, to be used first
  };
  struct OpenChunk {
    RowForm form = RowForm::kBits;
    std::uint64_t place = 0;
    RowChunk counts;
    std::vector<std::uint64_t> slots;  // of what is gathered, in the order of both below
    std::vector<std::byte> entries, rows;
  };

  std::uint64_t FindPlace(const RowPlace& place);
  void OpenChunksOf(const RowPlace& place, OpenPlace& open);
  OpenChunk& FindChunk(std::uint64_t id);
  OpenChunk& AddChunk(std::uint64_t place_id, OpenPlace& open);
  void Gather(OpenChunk& chunk, std::uint64_t slot, const RowEntry& entry,
              std::span<const std::byte> row);
  void WriteGathered(OpenChunk& chunk);

  Database& database_;
  std::map<PlaceFields, std::uint64_t> place_ids_;
  std::map<std::uint64_t, OpenPlace> places_;
  std::map<std::uint64_t, OpenChunk> chunks_;
  std::size_t gathered_bytes_ = 0;
};

}  // namespace modelkin

#endif  // MODELKIN_ATLAS_ROW_WRITER_H_
