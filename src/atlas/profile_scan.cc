#include "atlas/profile_scan.h"

#include <algorithm>
#include <cstdlib>
#include <tuple>

#include "atlas/chunk_scan.h"
#include "base/parallel.h"

namespace modelkin {
namespace {

// Compares fractions by whole numbers: differences are below 2^16.
bool IsNearer(const ProfileMatch& left, const ProfileMatch& right) {
  return std::tuple(left.difference * right.features, left.id, left.features) <
         std::tuple(right.difference * left.features, right.id, right.features);
}

using BestProfiles = Best<ProfileMatch, decltype(&IsNearer)>;

// Without branches, so that the compiler makes vectors of it.
ProfileMatch CompareFeatures(const std::uint8_t* a, const std::uint8_t* b) {
  std::uint16_t difference = 0, features = 0;
  for (std::size_t i = 0; i < kProfileFeatures; ++i) {
    const auto both = static_cast<std::uint16_t>((a[i] != 0) & (b[i] != 0));
    const int apart = std::abs(a[i] - b[i]);
    difference = static_cast<std::uint16_t>(difference + both * apart);
    features = static_cast<std::uint16_t>(features + both);
  }
  return {.difference = difference, .features = features};
}

void CompareProfiles(const RowChunk& chunk, std::span<const std::byte> bytes,
                     const ProfileFeatures& query, BestProfiles& best) {
  const auto* row =
      reinterpret_cast<const std::uint8_t*>(bytes.data()) + chunk.capacity * kEntryBytes;
  for (std::uint64_t slot = 0; slot < chunk.used; ++slot, row += kProfileFeatures) {
    ProfileMatch match = CompareFeatures(query.data(), row);
    match.id = EntryOf(bytes, slot).id;
    if (match.id != 0 && match.features >= kLeastSharedFeatures) best.Offer(match);
  }
}

}  // namespace

std::vector<ProfileMatch> ScanProfiles(const Atlas& atlas, Component kind,
                                       const ProfileFeatures& query, std::size_t most,
                                       unsigned threads) {
  const AtlasState state(atlas, threads == 0 ? AvailableThreads() : threads);
  const RowPlace place = {.form = RowForm::kProfile, .kind = kind};
  std::vector<ChunkJob> jobs;
  for (const RowChunk& chunk : ChunksOf(state.ForThread(0), place)) {
    jobs.push_back({.form = place.form, .chunk = chunk});
  }
  std::vector<BestProfiles> found(state.threads(), BestProfiles(most, &IsNearer));
  ForEachChunk(state, jobs,
               [&](const ChunkJob& job, std::span<const std::byte> bytes, unsigned worker) {
                 CompareProfiles(job.chunk, bytes, query, found[worker]);
               });
  BestProfiles best(most, &IsNearer);
  for (const BestProfiles& of_thread : found) {
    for (const ProfileMatch& match : of_thread.kept()) best.Offer(match);
  }
  std::vector<ProfileMatch> matches = best.kept();
  std::ranges::sort(matches, &IsNearer);
  return matches;
}

}  // namespace modelkin
