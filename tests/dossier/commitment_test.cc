#include "dossier/commitment.h"

#include <gtest/gtest.h>

#include <cstring>
#include <set>

#include "dossier/agreed_seed.h"
#include "dossier/parties.h"
#include "lineage/one_mlp.h"
#include "support/expect_error.h"

namespace modelkin {
namespace commitment_test {

using testing::OneMlp;
using testing::Party;
using testing::StoredToy;
using testing::ToyModel;

ToyModel Small() { return OneMlp(1, 12); }

std::string BytesOf(const Digest& digest) {
  return {reinterpret_cast<const char*>(digest.data()), digest.size()};
}

TEST(Commitment, ALeafIsTheDigestOfAllThatIsToldOfIt) {
  const ToyModel model = Small();
  const Party party(model, 7);
  const std::string name = "model.layers.0.mlp.gate_proj.weight";
  const auto& tensors = party.checkpoint().tensors();
  for (std::size_t i = 0; i < tensors.size(); ++i) {
    const auto& toy = model.tensors.at(tensors[i].name);
    std::string values(toy.values.size() * 4, '\0');
    std::memcpy(values.data(), toy.values.data(), values.size());
    const std::string shape = fmt::format("{},{}", toy.shape[0], toy.shape[1]);
    const std::string nonce = BytesOf(
        DigestOf("modelkin dossier nonce 1\n" + std::string(32, '\x07') + fmt::format("{}\n", i)));
    EXPECT_EQ(party.secret().leaves[i],
              DigestOf("modelkin dossier leaf 1\n" + nonce +
                       fmt::format("{}:{}3:F32{}:{}", tensors[i].name.size(), tensors[i].name,
                                   shape.size(), shape) +
                       values));
  }
  EXPECT_EQ(party.commitment().tensors, 4U);
}

TEST(Commitment, AnyChangeChangesTheRootAndThreadsDoNot) {
  const Party before(Small(), 7);
  ToyModel changed = Small();
  changed.At("model.layers.0.mlp.up_proj.weight").values[5] += 1e-3F;
  ToyModel renamed = Small();
  renamed.tensors["model.layers.1.mlp.up_proj.weight"] =
      renamed.tensors.extract("model.layers.0.mlp.up_proj.weight").mapped();
  ToyModel turned = Small();
  std::swap(turned.At("model.embed_tokens.weight").shape[0],
            turned.At("model.embed_tokens.weight").shape[1]);
  std::set<Digest> roots = {before.commitment().root, Party(Small(), 8).commitment().root,
                            Party(changed, 7).commitment().root,
                            Party(renamed, 7).commitment().root,
                            Party(turned, 7).commitment().root};
  EXPECT_EQ(roots.size(), 5U);
  Progress silent;
  for (const unsigned threads : {1U, 3U}) {
    EXPECT_EQ(CommitTo(before.checkpoint(), before.secret().key, threads, silent), before.secret());
  }
}

TEST(Commitment, KeysAreDrawnAnew) { EXPECT_NE(RandomKey(), RandomKey()); }

TEST(Commitment, AModelWithoutTensorsIsRefused) {
  testing::TemporaryDirectory folder;
  const std::string path =
      folder.WriteFile("model.safetensors", std::string("\2\0\0\0\0\0\0\0{}", 10));
  const Checkpoint empty = OpenCheckpoint(path);
  Progress silent;
  testing::CatchError(ErrorKind::kBadInput, [&] { CommitTo(empty, Digest{}, 1, silent); });
}

TEST(AgreedSeed, IsThatOfBothWhateverTheOrderAndOfTheBeacon) {
  const Digest a = DigestOf("a"), b = DigestOf("b");
  EXPECT_EQ(AgreedSeed(a, b, "x"), AgreedSeed(b, a, "x"));
  EXPECT_NE(AgreedSeed(a, b, "x"), AgreedSeed(a, b, ""));
  EXPECT_NE(AgreedSeed(a, b, ""), AgreedSeed(a, DigestOf("c"), ""));
  const auto [low, high] = std::minmax(a, b);
  EXPECT_EQ(AgreedSeed(a, b, "x"), HexOf(DigestOf("modelkin dossier seed of two 1\n" + HexOf(low) +
                                                  "\n" + HexOf(high) + "\nx")));
  EXPECT_NE(SeedNumber("1"), SeedNumber("2"));
}

}  // namespace commitment_test
}  // namespace modelkin
