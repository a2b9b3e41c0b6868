#include "dossier/parties.h"

#include <algorithm>
#include <numeric>
#include <random>

#include "dossier/opening.h"

namespace modelkin::testing {
namespace {

Digest KeyOf(std::uint8_t number) {
  Digest key{};
  key.fill(std::byte{number});
  return key;
}

}  // namespace

Party::Party(const ToyModel& model, std::uint8_t key) : stored_(model) {
  Progress silent;
  secret_ = CommitTo(checkpoint(), KeyOf(key), 2, silent);
}

Dossier Party::Write(const std::string& seed, unsigned threads, std::size_t dimensions) const {
  Progress silent;
  return MakeDossier(traced(), commitment(),
                     {.seed = seed, .dimensions = dimensions, .threads = threads}, silent);
}

std::vector<std::byte> OpeningOf(const Party& party, const std::vector<std::string>& tensors) {
  Progress silent;
  std::vector<std::byte> bytes;
  WriteOpening(party.checkpoint(), party.commitment(), party.secret(), tensors, silent,
               [&](std::string_view text) {
                 const auto own = std::as_bytes(std::span(text));
                 bytes.insert(bytes.end(), own.begin(), own.end());
               });
  return bytes;
}

std::vector<std::uint32_t> ShuffledOrder(std::size_t count, std::uint64_t seed) {
  std::vector<std::uint32_t> order(count);
  std::iota(order.begin(), order.end(), 0U);
  std::shuffle(order.begin(), order.end(), std::mt19937_64(seed));
  return order;
}

RowCodes Reordered(const RowCodes& codes, const std::vector<std::uint32_t>& order,
                   std::size_t size) {
  RowCodes result;
  for (const std::uint32_t unit : order) {
    const auto from = codes.begin() + static_cast<std::ptrdiff_t>(unit * size);
    result.insert(result.end(), from, from + static_cast<std::ptrdiff_t>(size));
  }
  return result;
}

}  // namespace modelkin::testing
