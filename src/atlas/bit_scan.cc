#include "atlas/bit_scan.h"

#include <algorithm>
#include <map>
#include <tuple>

#include "atlas/chunk_scan.h"
#include "base/parallel.h"
#include "kernels/bit_agreement.h"

namespace modelkin {
namespace {

static_assert(kBitRowBytes * 8 == kComponentBits);

bool ComesBefore(const BitMatch& left, const BitMatch& right) {
  return std::tuple(right.agreements, left.id, left.effective_values) <
         std::tuple(left.agreements, right.id, right.effective_values);
}

using BestMatches = Best<BitMatch, decltype(&ComesBefore)>;

// What one thread found for one query.
struct Found {
  std::uint64_t compared = 0, reached = 0;
  BestMatches best;
};

RowPlace PlaceOf(const BitQuery& query) {
  return {.form = RowForm::kBits, .kind = query.kind, .place = query.place};
}

// The queries, those of one place together.
class GroupedQueries {
 public:
  GroupedQueries(const Database& database, std::span<const BitQuery> queries) {
    std::map<PlaceFields, std::size_t> places;
    for (std::size_t query = 0; query < queries.size(); ++query) {
      const RowPlace place = PlaceOf(queries[query]);
      const auto [found, is_new] = places.emplace(FieldsOf(place), of_place_.size());
      if (is_new) {
        for (const RowChunk& chunk : ChunksOf(database, place)) {
          jobs_.push_back({.place = of_place_.size(), .form = place.form, .chunk = chunk});
        }
        of_place_.emplace_back();
      }
      of_place_[found->second].push_back(query);
    }
  }

  const std::vector<ChunkJob>& jobs() const { return jobs_; }
  const std::vector<std::size_t>& OfPlace(std::size_t place) const { return of_place_[place]; }

 private:
  std::vector<ChunkJob> jobs_;
  std::vector<std::vector<std::size_t>> of_place_;
};

void CompareChunk(const RowChunk& chunk, std::span<const std::byte> bytes, const BitQuery& query,
                  std::span<std::uint32_t> agreements, Found& found) {
  CountAgreements(bytes.data() + chunk.capacity * kEntryBytes, chunk.used,
                  std::as_bytes(std::span(query.bits)).data(), agreements.data());
  for (std::uint64_t slot = 0; slot < chunk.used; ++slot) {
    const RowEntry entry = EntryOf(bytes, slot);
    if (entry.id == 0) continue;
    ++found.compared;
    if (agreements[slot] < query.least_agreements) continue;
    ++found.reached;
    found.best.Offer({.id = entry.id,
                      .agreements = agreements[slot],
                      .effective_values = entry.effective_values});
  }
}

}  // namespace

std::uint64_t CountComparable(const Atlas& atlas, Component kind, const SketchPlace& place) {
  std::uint64_t count = 0;
  for (const RowChunk& chunk : ChunksOf(atlas.database(), {.kind = kind, .place = place})) {
    count += chunk.used - chunk.cleared;
  }
  return count;
}

std::vector<BitMatches> ScanBits(const Atlas& atlas, std::span<const BitQuery> queries,
                                 std::size_t most, unsigned threads) {
  const AtlasState state(atlas, threads == 0 ? AvailableThreads() : threads);
  const GroupedQueries grouped(state.ForThread(0), queries);
  std::vector<std::vector<Found>> found(
      state.threads(),
      std::vector<Found>(queries.size(), Found{.best = BestMatches(most, &ComesBefore)}));
  std::vector<std::vector<std::uint32_t>> agreements(state.threads(),
                                                     std::vector<std::uint32_t>(kLargestChunk));
  ForEachChunk(state, grouped.jobs(),
               [&](const ChunkJob& job, std::span<const std::byte> bytes, unsigned worker) {
                 for (const std::size_t query : grouped.OfPlace(job.place)) {
                   CompareChunk(job.chunk, bytes, queries[query], agreements[worker],
                                found[worker][query]);
                 }
               });
  std::vector<BitMatches> all(queries.size());
  for (std::size_t query = 0; query < queries.size(); ++query) {
    BestMatches best(most, &ComesBefore);
    for (const std::vector<Found>& of_thread : found) {
      all[query].compared += of_thread[query].compared;
      all[query].reached += of_thread[query].reached;
      for (const BitMatch& match : of_thread[query].best.kept()) best.Offer(match);
    }
    all[query].matches = best.kept();
    std::ranges::sort(all[query].matches, &ComesBefore);
  }
  return all;
}

}  // namespace modelkin
