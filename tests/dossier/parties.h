// Toy models that were committed to, and their dossiers.
#ifndef MODELKIN_TESTS_DOSSIER_PARTIES_H_
#define MODELKIN_TESTS_DOSSIER_PARTIES_H_

#include <memory>
#include <string>
#include <vector>

#include "dossier/commitment.h"
#include "dossier/dossier.h"
#include "dossier/make_dossier.h"
#include "lineage/toy_model.h"

namespace modelkin::testing {

inline const std::string kSeed = "a seed for tests";

// Its key is that number.
class Party {
 public:
  Party(const ToyModel& model, std::uint8_t key);

  const Checkpoint& checkpoint() const { return *stored_.traced().checkpoint; }
  TracedModel traced() const { return stored_.traced(); }
  const CommitmentSecret& secret() const { return secret_; }
  Commitment commitment() const { return secret_.commitment(); }
  Dossier Write(const std::string& seed = kSeed, unsigned threads = 2,
                std::size_t dimensions = 64) const;

 private:
  StoredToy stored_;
  CommitmentSecret secret_;
};

// The file of an opening of these tensors.
std::vector<std::byte> OpeningOf(const Party& party, const std::vector<std::string>& tensors);

// Numbers of units below `count` in random order.
std::vector<std::uint32_t> ShuffledOrder(std::size_t count, std::uint64_t seed);
// Rows order[0], order[1], ... of `size` codes each.
RowCodes Reordered(const RowCodes& codes, const std::vector<std::uint32_t>& order,
                   std::size_t size);

}  // namespace modelkin::testing

#endif  // MODELKIN_TESTS_DOSSIER_PARTIES_H_
