#include "scan/pairing.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <cmath>
#include <ctime>

#include "scan/rename.h"
#include "scan/scan_files.h"
#include "support/expect_error.h"

namespace modelkin {
namespace pairing_test {

using testing::CatchError;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::MakeTensor;
using testing::TemporaryDirectory;

Checkpoint WithTensors(const std::vector<std::string>& names) {
  std::vector<testing::TestTensor> tensors;
  for (const std::string& name : names) {
    tensors.push_back(MakeTensor(name, DType::kF32, std::string(4, '\1')));
  }
  return testing::MakeCheckpoint(tensors);
}

// "a=b" for each pair, "-" for what is missing.
std::vector<std::string> Names(const Pairing& pairing) {
  std::vector<std::string> names;
  for (const TensorPair& pair : pairing.pairs) {
    names.push_back((pair.a != nullptr ? pair.a->name : "-") + "=" +
                    (pair.b != nullptr ? pair.b->name : "-"));
  }
  return names;
}

TEST(PairByName, EqualNamesAndOneSidedOnesInNaturalOrder) {
  const Checkpoint a = WithTensors({"x.10", "x.2", "only.a", "same"});
  const Checkpoint b = WithTensors({"same", "x.2", "only.b", "x.10"});
  const Pairing pairing = PairByName(a, b, {});
  EXPECT_THAT(Names(pairing),
              ElementsAre("only.a=-", "-=only.b", "same=same", "x.2=x.2", "x.10=x.10"));
  EXPECT_EQ(pairing.left_out, 0U);
  EXPECT_TRUE(pairing.pairs[0].one_sided());
  EXPECT_FALSE(pairing.pairs[1].comparable());
  EXPECT_TRUE(pairing.pairs[2].comparable());
  EXPECT_EQ(pairing.pairs[2].a, a.Find("same"));
  EXPECT_EQ(pairing.pairs[2].b, b.Find("same"));
}

TEST(PairByName, EmptyCheckpoints) {
  const Checkpoint empty = WithTensors({});
  const Checkpoint one = WithTensors({"x"});
  EXPECT_THAT(PairByName(empty, empty, {}).pairs, IsEmpty());
  EXPECT_THAT(Names(PairByName(empty, one, {})), ElementsAre("-=x"));
  EXPECT_THAT(Names(PairByName(one, empty, {})), ElementsAre("x=-"));
}

TEST(PairByName, RoleAndLayerOfEither) {
  const Checkpoint a = WithTensors({"model.layers.3.mlp.up.weight"});
  const Checkpoint b = WithTensors({"model.layers.4.experts.9.w"});
  const Pairing pairing = PairByName(a, b, {});
  ASSERT_EQ(pairing.pairs.size(), 2U);
  EXPECT_EQ(pairing.pairs[0].role().role, "mlp.up.weight");
  EXPECT_EQ(pairing.pairs[0].role().layer, 3U);
  EXPECT_FALSE(pairing.pairs[0].layer_b.has_value());
  EXPECT_EQ(pairing.pairs[1].role().layer, 4U);
  EXPECT_EQ(pairing.pairs[1].role().expert, 9U);
}

TEST(PairByName, ComparableOnlyWithOneShapeAndTypesOfNumbers) {
  const Checkpoint a = testing::MakeCheckpoint({{"shape", "F32", {2, 3}, std::string(24, '\1')},
                                                {"type", "F32", {8}, std::string(32, '\1')},
                                                {"fp4", "F4", {8}, std::string(4, '\1')}});
  const Checkpoint b = testing::MakeCheckpoint({{"shape", "F32", {3, 2}, std::string(24, '\1')},
                                                {"type", "BF16", {8}, std::string(16, '\1')},
                                                {"fp4", "F4", {8}, std::string(4, '\1')}});
  const Pairing pairing = PairByName(a, b, {});
  EXPECT_THAT(Names(pairing), ElementsAre("fp4=fp4", "shape=shape", "type=type"));
  EXPECT_TRUE(pairing.pairs[0].same_shape());
  EXPECT_FALSE(pairing.pairs[0].comparable());
  EXPECT_FALSE(pairing.pairs[1].same_shape());
  EXPECT_FALSE(pairing.pairs[1].comparable());
  EXPECT_TRUE(pairing.pairs[2].comparable());
}

class FilteredPairing : public ::testing::Test {
 protected:
  const std::vector<std::string> names_ = {"embed",          "layers.1.up",  "layers.2.down",
                                           "layers.2.up",    "layers.10.up", "layers.11.up",
                                           "layers.2.up.old"};
  const Checkpoint a_ = WithTensors(names_);
  const Checkpoint b_ = WithTensors(names_);

  Pairing Pair(const PairingOptions& options) const { return PairByName(a_, b_, options); }
};

TEST_F(FilteredPairing, Layers) {
  const Pairing pairing = Pair({.layers = {{2, 10}}});
  EXPECT_THAT(Names(pairing),
              ElementsAre("layers.2.down=layers.2.down", "layers.2.up=layers.2.up",
                          "layers.2.up.old=layers.2.up.old", "layers.10.up=layers.10.up"));
  EXPECT_EQ(pairing.left_out, 6U);  // of both sides
  EXPECT_THAT(Names(Pair({.layers = {{1, 1}, {11, 11}}})),
              ElementsAre("layers.1.up=layers.1.up", "layers.11.up=layers.11.up"));
  EXPECT_THAT(Pair({.layers = {{99, 100}}}).pairs, IsEmpty());
}

// Globs stand for whole names.
TEST_F(FilteredPairing, IncludeAndExclude) {
  EXPECT_THAT(Names(Pair({.include = {"embed"}})), ElementsAre("embed=embed"));
  EXPECT_THAT(Pair({.include = {"layers.2"}}).pairs, IsEmpty());
  EXPECT_THAT(Names(Pair({.include = {"layers.?.up"}})),
              ElementsAre("layers.1.up=layers.1.up", "layers.2.up=layers.2.up"));
  EXPECT_THAT(Names(Pair({.include = {"*down", "e*"}})),
              ElementsAre("embed=embed", "layers.2.down=layers.2.down"));
  EXPECT_THAT(Names(Pair({.include = {"*.up*"}, .exclude = {"*.old", "layers.1[01].*"}})),
              ElementsAre("layers.1.up=layers.1.up", "layers.2.up=layers.2.up"));
  EXPECT_EQ(Pair({.exclude = {"*"}}).left_out, 14U);
  EXPECT_THAT(Names(Pair({.layers = {{2, 2}}, .include = {"*.up"}})),
              ElementsAre("layers.2.up=layers.2.up"));
}

TEST(PairByName, KeptIfEitherNamePassesTheFilter) {
  const Checkpoint a = WithTensors({"old.x", "old.y"});
  const Checkpoint b = WithTensors({"new.x", "new.z"});
  const Pairing pairing = PairByName(a, b, {.include = {"new.*"}, .renames = {{"old.*", "new.*"}}});
  EXPECT_THAT(Names(pairing), ElementsAre("-=new.z", "old.x=new.x"));
  EXPECT_EQ(pairing.left_out, 1U);
}

TEST(Rename, StarsAndFirstMatch) {
  const std::vector<RenameRule> rules = {{"exact", "other"},
                                         {"h.*.attn.*", "layers.*.self_attn.*"},
                                         {"*.gamma", "*.weight"},
                                         {"drop.*.*", "kept.*"},
                                         {"h.*", "rest.*"}};
  const auto renamed = [&](const char* name) { return Renamer(rules)(name); };
  EXPECT_EQ(renamed("exact"), "other");
  EXPECT_EQ(renamed("exactly"), "exactly");
  EXPECT_EQ(renamed("h.3.attn.q"), "layers.3.self_attn.q");
  EXPECT_EQ(renamed("h.3.attn."), "layers.3.self_attn.");
  EXPECT_EQ(renamed("h.3.mlp.gamma"), "h.3.mlp.weight");
  EXPECT_EQ(renamed("h.3.mlp.beta"), "rest.3.mlp.beta");
  EXPECT_EQ(renamed("drop.1.2.3"), "kept.1");
  EXPECT_EQ(renamed(".gamma"), ".weight");
  EXPECT_EQ(renamed("gamma"), "gamma");
  const auto by_one = [](const RenameRule& rule, const char* name) {
    const std::vector<RenameRule> one = {rule};
    return Renamer(one)(name);
  };
  EXPECT_EQ(by_one({"ab*ba", "x*"}, "aba"), "aba");  // the ends may not overlap
  EXPECT_EQ(by_one({"*", "model.*"}, "w"), "model.w");
  const std::vector<RenameRule> none;
  EXPECT_EQ(Renamer(none)("w"), "w");
}

// Whether it has stars or not.
TEST(Rename, TheFirstOfTwoThatMatch) {
  const std::vector<RenameRule> stars_first = {{"a.*", "star.*"}, {"a.b", "exact"}};
  EXPECT_EQ(Renamer(stars_first)("a.b"), "star.b");
  const std::vector<RenameRule> exact_first = {{"a.b", "exact"}, {"a.*", "star.*"}};
  EXPECT_EQ(Renamer(exact_first)("a.b"), "exact");
  EXPECT_EQ(Renamer(exact_first)("a.c"), "star.c");
}

TEST(PairByName, RenamesApplyToA) {
  const Checkpoint a = WithTensors({"h.0.w", "h.1.w", "x"});
  const Checkpoint b = WithTensors({"layers.0.w", "h.1.w", "x"});
  EXPECT_THAT(Names(PairByName(a, b, {.renames = {{"h.*", "layers.*"}}})),
              ElementsAre("h.0.w=layers.0.w", "h.1.w=-", "-=h.1.w", "x=x"));
}

TEST(PairByName, CollidingRenames) {
  const Checkpoint a = WithTensors({"left.w", "right.w"});
  const Error error = CatchError(ErrorKind::kUsage, [&] {
    PairByName(a, a, {.renames = {{"left.*", "both.*"}, {"right.*", "both.*"}}});
  });
  EXPECT_THAT(error.message(), HasSubstr("left.w"));
  EXPECT_THAT(error.message(), HasSubstr("right.w"));
  EXPECT_THAT(error.message(), HasSubstr("both.w"));
}

TEST(PairWithin, LayersOfOneRole) {
  const Checkpoint model =
      WithTensors({"norm", "layers.0.up", "layers.2.up", "layers.10.up", "layers.0.down",
                   "layers.0.experts.0.w", "layers.0.experts.1.w", "layers.2.experts.1.w"});
  const Pairing pairing = PairWithin(model, {});
  EXPECT_THAT(Names(pairing),
              ElementsAre("layers.0.experts.1.w=layers.2.experts.1.w", "layers.0.up=layers.2.up",
                          "layers.0.up=layers.10.up", "layers.2.up=layers.10.up"));
  const TensorPair& last = pairing.pairs.back();
  EXPECT_EQ(last.role().layer, 2U);
  EXPECT_EQ(last.layer_b, 10U);
  EXPECT_EQ(pairing.pairs.front().role().expert, 1U);
}

// Two stacks of layers: no pair is of one layer number, and none is its own mirror image.
TEST(PairWithin, OnlyFromALayerToALaterOne) {
  const Checkpoint model = WithTensors(
      {"encoder.layers.0.w", "decoder.layers.0.w", "encoder.layers.1.w", "decoder.layers.1.w"});
  const Pairing pairing = PairWithin(model, {});
  EXPECT_EQ(pairing.pairs.size(), 4U);
  for (const TensorPair& pair : pairing.pairs) EXPECT_LT(pair.role().layer, pair.layer_b);
}

TEST(PairWithin, Filter) {
  const Checkpoint model = WithTensors({"layers.0.w", "layers.1.w", "layers.2.w"});
  EXPECT_THAT(Names(PairWithin(model, {.layers = {{1, 2}}})), ElementsAre("layers.1.w=layers.2.w"));
  EXPECT_THAT(PairWithin(model, {.exclude = {"*.w"}}).pairs, IsEmpty());
}

TEST(ParseLayers, NumbersAndRanges) {
  using Ranges = std::vector<LayerRange>;
  EXPECT_EQ(ParseLayers("0"), Ranges({{0, 0}}));
  EXPECT_EQ(ParseLayers("10,20,30-40"), Ranges({{10, 10}, {20, 20}, {30, 40}}));
  EXPECT_EQ(ParseLayers("5-5"), Ranges({{5, 5}}));
  EXPECT_EQ(ParseLayers("007"), Ranges({{7, 7}}));
  EXPECT_EQ(ParseLayers("999999999"), Ranges({{999999999, 999999999}}));
}

TEST(ParseLayers, AnythingElse) {
  for (const char* text : {"",
                           "3-",
                           "9-3",
                           "1,,2",
                           "-1",
                           ",",
                           "1,",
                           ",1",
                           "-",
                           "1-2-3",
                           "a",
                           "1 ",
                           " 1",
                           "1.5",
                           "+1",
                           "1, 2",
                           "0x1",
                           "4294967296",
                           "99999999999999999999",
                           "1\n2",
                           "1-,2",
                           "\xC2\xB2"}) {
    const Error error = CatchError(ErrorKind::kUsage, [&] { ParseLayers(text); });
    EXPECT_THAT(error.message(), HasSubstr("--layers")) << text;
  }
}

TEST(ReadRenameRules, InTheFilesOrder) {
  const TemporaryDirectory directory;
  const auto rules = ReadRenameRules(
      directory.WriteFile("map.json", R"({"z.*": "y.*", "a": "b", "h.*.*": "drop.*"})"));
  ASSERT_EQ(rules.size(), 3U);
  EXPECT_EQ(rules[0].pattern, "z.*");
  EXPECT_EQ(rules[0].replacement, "y.*");
  EXPECT_EQ(rules[1].pattern, "a");
  EXPECT_EQ(rules[2].replacement, "drop.*");
  EXPECT_THAT(ReadRenameRules(directory.WriteFile("empty.json", "{}")), IsEmpty());
}

TEST(ReadRenameRules, BadFiles) {
  const TemporaryDirectory directory;
  for (const char* content :
       {"", "[]", "null", "\"a\"", "{", R"({"a": 1})", R"({"a": null})", R"({"a": ["b"]})",
        R"({"a": "*"})", R"({"a.*": "*.*"})", R"({"a": {"b": "c"}})", R"({"a": "b", "a": "c"})",
        R"({"a": "b",})", "{\"a\xFF\": \"b\"}", R"({"a": "b"} x)"}) {
    const std::string path = directory.WriteFile("map.json", content);
    const Error error = CatchError(ErrorKind::kUsage, [&] { ReadRenameRules(path); });
    EXPECT_EQ(error.site().file, path) << content;
  }
  std::string stars = "{";
  for (int i = 0; i <= 1000; ++i) stars += fmt::format("\"{}.*\": \"b\", ", i);
  const std::string many = directory.WriteFile("many.json", stars + R"("a": "b"})");
  EXPECT_THAT(CatchError(ErrorKind::kUsage, [&] { ReadRenameRules(many); }).message(),
              HasSubstr("over 1000 patterns"));
  const std::string missing = directory.File("missing.json");
  EXPECT_EQ(CatchError(ErrorKind::kUsage, [&] { ReadRenameRules(missing); }).site().file, missing);
  EXPECT_EQ(CatchError(ErrorKind::kUsage, [&] { ReadRenameRules(directory.path()); }).site().file,
            directory.path());
}

// Does not wait for a writer that never comes.
TEST(ReadRenameRules, AFifoIsRefused) {
  const TemporaryDirectory directory;
  const std::string fifo = directory.File("fifo");
  ASSERT_EQ(mkfifo(fifo.c_str(), 0600), 0);
  EXPECT_THAT(CatchError(ErrorKind::kUsage, [&] { ReadRenameRules(fifo); }).message(),
              HasSubstr("not a regular file"));
}

// Processor time for reading and applying so many rules, in seconds: the least of three.
double TimeForRules(int count) {
  std::string text = "{";
  for (int i = 0; i < count; ++i) {
    text += fmt::format("{}\"model.layers.{}.w\": \"w.{}\"", i == 0 ? "" : ",", i, i);
  }
  text += "}";
  double least = HUGE_VAL;
  for (int i = 0; i < 3; ++i) {
    const std::clock_t begin = std::clock();
    const auto rules = ParseRenameRules("map.json", text);
    const Renamer rename(rules);
    for (int k = 0; k < count; ++k) {
      EXPECT_EQ(rename(fmt::format("model.layers.{}.w", k)), fmt::format("w.{}", k));
    }
    least = std::min(least, static_cast<double>(std::clock() - begin) / CLOCKS_PER_SEC);
  }
  return least;
}

// Quadratic time would take 256 times as long for 16 times as many.
TEST(ReadRenameRules, TakesLinearTimeInTheNames) {
  EXPECT_LT(TimeForRules(32'000), 64 * TimeForRules(2000));
}

}  // namespace pairing_test
}  // namespace modelkin
