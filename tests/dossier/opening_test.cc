#include "dossier/opening.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>

#include "dossier/parties.h"
#include "dossier/record_fields.h"
#include "lineage/one_mlp.h"
#include "support/expect_error.h"
#include "support/safetensors_writer.h"

namespace modelkin {
namespace opening_test {

using testing::CatchError;
using testing::kOneMlpPrefix;
using testing::OneMlp;
using testing::OpeningOf;
using testing::Party;
using testing::ToyModel;
using testing::TrainedToy;

const std::string kGate = kOneMlpPrefix + "gate_proj.weight";

Opening Read(std::vector<std::byte> bytes) {
  return ReadOpening(MakeMemorySource("an opening", std::move(bytes)));
}

OpeningChecks Check(const Party& party, const Dossier* dossier,
                    const std::vector<std::string>& tensors,
                    const std::vector<ChallengedSide>& challenged = {}) {
  Progress silent;
  return CheckOpening(Read(OpeningOf(party, tensors)), party.commitment(), dossier,
                      {.challenged = challenged, .threads = 2}, silent);
}

std::vector<std::string> TensorsOf(const std::vector<ChallengedSide>& sides) {
  std::vector<std::string> tensors;
  for (const ChallengedSide& side : sides) {
    tensors.insert(tensors.end(), side.tensors.begin(), side.tensors.end());
  }
  return tensors;
}

TEST(Opening, AnHonestPartyPassesWhateverIsChallenged) {
  const Party party(TrainedToy(1), 1);
  const Dossier dossier = party.Write();
  const std::vector<ChallengedSide> all = AllSides(dossier);
  const OpeningChecks checks = Check(party, &dossier, TensorsOf(all), all);
  EXPECT_TRUE(checks.passed());
  EXPECT_EQ(checks.sides.size(), all.size());
  EXPECT_GT(all.size(), 2 * dossier.blocks.size());  // experts one by one
}

TEST(Opening, WithoutADossierLeavesAloneAreChecked) {
  const Party party(OneMlp(1, 12), 1);
  const OpeningChecks checks = Check(party, nullptr, {kGate});
  EXPECT_TRUE(checks.passed());
  EXPECT_TRUE(checks.sides.empty());
}

TEST(Opening, RowsThatAreNotThoseOfTheWeightsAreSeen) {
  const Party party(OneMlp(1, 12), 1);
  Dossier told = party.Write();
  told.blocks[0].first.rows[77] ^= 1;
  EXPECT_FALSE(Check(party, &told, {kGate}).passed());
  told = party.Write();
  told.blocks[0].first.sum[5] ^= 1;
  EXPECT_FALSE(Check(party, &told, {kGate}).passed());
  told = party.Write();
  told.blocks[0].first.finite = false;
  EXPECT_FALSE(Check(party, &told, {kGate}).passed());
}

// A party that renumbers its units after it has committed, so that they stand elsewhere.
TEST(Opening, UnitsThatWereRenumberedAfterwardsAreSeen) {
  const ToyModel model = OneMlp(1, 12);
  const Party committed(model, 1);
  const Party renumbered(ChooseUnits(model, testing::RandomOrder(12, 5)), 1);
  Dossier told = renumbered.Write();
  told.root = committed.commitment().root;
  const OpeningChecks checks = Check(committed, &told, {kGate});
  EXPECT_EQ(checks.tensors.front().finding, LeafFinding::kCommitted);
  ASSERT_EQ(checks.sides.size(), 1U);
  EXPECT_TRUE(checks.sides.front().opened);
  EXPECT_FALSE(checks.sides.front().matches);
  EXPECT_FALSE(checks.passed());
}

// The dossier of another model, of one shape, under this commitment.
TEST(Opening, AnotherModelsDossierIsSeen) {
  const Party party(OneMlp(1, 12), 1), other(OneMlp(2, 12), 1);
  Dossier told = other.Write();
  EXPECT_FALSE(Check(party, &told, {kGate}).passed());  // has its root
  told.root = party.commitment().root;
  EXPECT_FALSE(Check(party, &told, {kGate}).passed());
  Progress silent;  // and the other's weights are no leaf of this tree
  const OpeningChecks checks = CheckOpening(Read(OpeningOf(other, {kGate})), party.commitment(),
                                            &told, {.challenged = {}}, silent);
  EXPECT_EQ(checks.tensors.front().finding, LeafFinding::kNotInTree);
  EXPECT_TRUE(checks.sides.empty());
  EXPECT_FALSE(checks.passed());
}

TEST(Opening, WhatTheDossierCallsOtherwiseIsSeen) {
  const Party party(OneMlp(1, 12), 1);
  Dossier told = party.Write();
  for (OutlineTensor& tensor : told.outline) {
    if (tensor.name == kGate) tensor.dtype = DType::kI32;
  }
  EXPECT_EQ(Check(party, &told, {kGate}).tensors.front().finding, LeafFinding::kNotOutline);
}

TEST(Opening, WhatWasChallengedHasToBeOpened) {
  const Party party(OneMlp(1, 12), 1);
  const Dossier dossier = party.Write();
  const std::vector<ChallengedSide> both = AllSides(dossier);
  ASSERT_EQ(both.size(), 2U);
  const OpeningChecks checks = Check(party, &dossier, {kGate}, both);
  EXPECT_TRUE(checks.sides[0].matches);
  EXPECT_FALSE(checks.sides[1].opened);
  EXPECT_FALSE(checks.passed());
}

TEST(Opening, AnyByteThatIsChangedIsSeen) {
  const Party party(OneMlp(1, 12), 1);
  const Dossier dossier = party.Write();
  const std::vector<std::byte> whole = OpeningOf(party, {kGate});
  for (std::size_t at = 0; at < whole.size(); at += 41) {
    std::vector<std::byte> changed = whole;
    changed[at] ^= std::byte{1};
    try {
      Progress silent;
      const Opening opening = Read(std::move(changed));
      const bool passed =
          CheckOpening(opening, party.commitment(), &dossier, {.challenged = {}}, silent).passed();
      // "format": "pt" is nothing that is checked.
      EXPECT_TRUE(!passed || at < 48) << at;
    } catch (const Error& error) {
      EXPECT_EQ(error.kind(), ErrorKind::kBadInput) << error.what();
    }
  }
}

TEST(Opening, CutOffAndForeignFilesAreRefused) {
  const Party party(OneMlp(1, 12), 1);
  const std::vector<std::byte> whole = OpeningOf(party, {kGate});
  for (std::size_t length = 0; length < whole.size(); length += 101) {
    CatchError(ErrorKind::kBadInput, [&] {
      Read({whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(length)});
    });
  }
  const auto foreign = [](const std::vector<std::pair<std::string, std::string>>& metadata) {
    return testing::ToBytes(testing::SafetensorsFile({{"x", "F32", {1}, "1234"}}, metadata));
  };
  const std::string digest(64, 'a');
  const std::string proof = fmt::format(R"("name": "x", "index": 0, "nonce": "{}")", digest);
  for (const std::string& text :
       {std::string("{}"), std::string("[]"), std::string(R"({"tensors": []})"),
        fmt::format(R"({{"tensors": [{{{}}}]}})", proof),
        fmt::format(R"({{"tensors": [{{{}, "path": ["a"]}}]}})", proof),
        fmt::format(R"({{"tensors": [{{"name": "y", "index": 0, "nonce": "{}", "path": []}}]}})",
                    digest),
        fmt::format(R"({{"tensors": [{{{0}, "path": []}}, {{{0}, "path": []}}]}})", proof)}) {
    CatchError(ErrorKind::kBadInput, [&] { Read(foreign({{"modelkin_opening", text}})); });
  }
  CatchError(ErrorKind::kBadInput, [&] { Read(foreign({})); });
}

TEST(Opening, ItsWriterRefusesOtherModelsKeysAndNames) {
  const ToyModel model = OneMlp(1, 12);
  const Party party(model, 1), changed(OneMlp(2, 12), 1), other_key(model, 2);
  Progress silent;
  const auto write = [&](const Party& of, const Party& key, const std::string& name) {
    WriteOpening(of.checkpoint(), party.commitment(), key.secret(), {name}, silent,
                 [](std::string_view) {});
  };
  write(party, party, kGate);
  CatchError(ErrorKind::kUsage, [&] { write(party, other_key, kGate); });
  CatchError(ErrorKind::kUsage, [&] { write(party, party, "none"); });
  CatchError(ErrorKind::kBadInput, [&] { write(changed, party, kGate); });
}

TEST(Challenge, IsDrawnOfAllThatTheDossierSaysAndOfTheText) {
  const Party party(TrainedToy(1), 1);
  const Dossier dossier = party.Write();
  Dossier changed = dossier;
  changed.blocks[0].first.rows[0] ^= 1;
  EXPECT_EQ(ChallengeOf(dossier, "text", 5), ChallengeOf(dossier, "text", 5));
  EXPECT_NE(ChallengeOf(dossier, "text", 5), ChallengeOf(dossier, "text!", 5));
  EXPECT_NE(ChallengeOf(dossier, "text", 5), ChallengeOf(changed, "text", 5));
  EXPECT_EQ(ChallengeOf(dossier, "text", 100000).size(), 2 * dossier.blocks.size());
  std::set<std::pair<std::size_t, bool>> drawn;
  for (int i = 0; i < 400; ++i) {
    for (const ChallengedSide& side : ChallengeOf(dossier, fmt::format("{}", i), 1)) {
      drawn.emplace(side.block, side.is_second);
      EXPECT_FALSE(side.tensors.empty());
      EXPECT_NE(SideText(dossier, side), "");
    }
  }
  EXPECT_EQ(drawn.size(), 2 * dossier.blocks.size());
}

}  // namespace opening_test
}  // namespace modelkin
