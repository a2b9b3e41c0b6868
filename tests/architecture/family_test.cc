// The tables are sound: whatever family is added, these hold of it.
#include "architecture/family.h"

#include <gtest/gtest.h>

#include <set>

#include "architecture/name_pattern.h"
#include "architecture/size_expression.h"

namespace modelkin {
namespace {

bool Has(const std::set<std::string_view>& known, std::string_view name) {
  return known.contains(name);
}

class FamilyTable : public ::testing::TestWithParam<const Family*> {
 protected:
  const Family& family() const { return *GetParam(); }

  std::set<std::string_view> Sizes() const {
    std::set<std::string_view> sizes;
    for (const SizeRule& rule : family().sizes) sizes.insert(rule.size);
    return sizes;
  }
};

TEST_P(FamilyTable, ShapesAreOverItsSizes) {
  const auto sizes = Sizes();
  for (const TensorRule& rule : family().tensors) {
    for (const std::string_view axis : SplitShape(rule.shape)) {
      for (const std::string_view name : NamesIn(axis)) {
        EXPECT_TRUE(Has(sizes, name)) << rule.name << ": " << name;
      }
      // Divisible sizes: a power of two for each.
      EXPECT_TRUE(EvaluateSize(axis, [](std::string_view) { return std::optional(4096UL); }))
          << rule.name << ": " << axis;
    }
  }
}

TEST_P(FamilyTable, FallbacksAreOverEarlierSizes) {
  std::set<std::string_view> known;
  for (const SizeRule& rule : family().sizes) {
    for (const std::string_view name : NamesIn(rule.fallback)) {
      EXPECT_TRUE(Has(known, name)) << rule.size << ": " << name;
    }
    EXPECT_FALSE(rule.keys.empty() && rule.fallback.empty()) << rule.size << " comes from nowhere";
    known.insert(rule.size);
  }
}

TEST_P(FamilyTable, ConditionsAreItsFlags) {
  std::set<std::string_view> flags;
  for (const FlagRule& rule : family().flags) flags.insert(rule.flag);
  for (const TensorRule& rule : family().tensors) {
    const std::string_view flag = rule.when.starts_with('!') ? rule.when.substr(1) : rule.when;
    EXPECT_TRUE(flag.empty() || Has(flags, flag)) << rule.name << ": " << rule.when;
  }
}

TEST_P(FamilyTable, NamesAreReadBack) {
  std::set<std::string_view> names;
  for (const TensorRule& rule : family().tensors) {
    EXPECT_TRUE(names.insert(rule.name).second) << rule.name << " occurs twice";
    const NamePattern pattern = PatternOf(NameOf(rule.name, 3, 5));
    EXPECT_EQ(pattern.pattern, rule.name);
    EXPECT_EQ(pattern.layer.has_value(), rule.where != Where::kOnce) << rule.name;
  }
}

TEST_P(FamilyTable, HasWhatEveryModelHas) {
  const auto sizes = Sizes();
  for (const char* size : {"residual", "layers", "heads", "vocab", "positions"}) {
    EXPECT_TRUE(Has(sizes, size)) << size;
  }
  const bool experts = family().plan != LayerPlan::kDense;
  EXPECT_EQ(Has(sizes, "experts"), experts);
  EXPECT_EQ(Has(sizes, "experts_per_token"), experts);
  EXPECT_EQ(!family().router.empty(), experts);
  EXPECT_EQ(FindFamily(family().model_types.front()), &family());
}

INSTANTIATE_TEST_SUITE_P(All, FamilyTable, ::testing::ValuesIn([] {
                           std::vector<const Family*> all;
                           for (const Family& family : Families()) all.push_back(&family);
                           return all;
                         }()),
                         [](const auto& of) { return std::string(of.param->name); });

TEST(Families, EachTypeOnce) {
  std::set<std::string_view> types;
  for (const Family& family : Families()) {
    for (const std::string_view type : family.model_types) {
      EXPECT_TRUE(types.insert(type).second) << type;
    }
  }
  EXPECT_EQ(FindFamily("mamba"), nullptr);
  EXPECT_EQ(FindFamily(""), nullptr);
}

}  // namespace
}  // namespace modelkin
