// The tables are sound: whatever family is added, these hold of it.
#include "architecture/family.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <map>
#include <set>
#include <utility>

#include "architecture/name_pattern.h"
#include "architecture/size_expression.h"
#include "numeric/shape.h"

namespace modelkin {
namespace family_test {

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

  // Layers of a family without types are all alike, and attend.
  bool AnyLayerType(const std::function<bool(const LayerType&)>& is) const {
    return family().layer_types.empty() ||
           std::ranges::any_of(family().layer_types, [&](const LayerTypeRule& rule) {
             return std::ranges::any_of(rule.types, is);
           });
  }

  // A small size of that name, or what the family makes of small ones.
  std::optional<std::uint64_t> SmallSize(std::string_view name) const {
    static const std::map<std::string_view, std::uint64_t> kSmall = {
        {"residual", 32},        {"heads", 4},          {"kv_heads", 2},
        {"head_dim", 8},         {"width", 12},         {"experts", 3},
        {"expert_width", 6},     {"vocab", 10},         {"positions", 7},
        {"linear_key_heads", 2}, {"linear_key_dim", 3}, {"linear_value_heads", 4},
        {"linear_value_dim", 5}, {"shared_width", 5}};
    if (const auto found = kSmall.find(name); found != kSmall.end()) return found->second;
    const auto rule = std::ranges::find(family().sizes, name, &SizeRule::size);
    if (rule == family().sizes.end()) return std::nullopt;
    if (!rule->keys.empty()) return 5;
    return EvaluateSize(rule->fallback, [&](std::string_view inner) { return SmallSize(inner); });
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

TEST_P(FamilyTable, SizesStandOnceAndOverEarlierOnes) {
  std::set<std::string_view> known;
  for (const SizeRule& rule : family().sizes) {
    for (const std::string_view expression : {rule.fallback, rule.if_null}) {
      for (const std::string_view name : NamesIn(expression)) {
        EXPECT_TRUE(Has(known, name)) << rule.size << ": " << name;
      }
    }
    EXPECT_FALSE(rule.keys.empty() && rule.fallback.empty()) << rule.size << " comes from nowhere";
    EXPECT_TRUE(known.insert(rule.size).second) << rule.size << " stands twice";
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
  for (const char* size : {"residual", "layers"}) EXPECT_TRUE(Has(sizes, size)) << size;
  const auto whole = [&](Component of, const std::set<std::string_view>& all) {
    for (const std::string_view size : all) {
      EXPECT_TRUE(family().component != of || Has(sizes, size)) << size;
    }
  };
  whole(Component::kText, {"vocab", "positions"});
  whole(Component::kVision, {"patch", "channels"});
  whole(Component::kAudio, {"channels", "positions"});
  EXPECT_EQ(Has(sizes, "heads"), AnyLayerType([](const LayerType& type) {
              return type.parts.Has(LayerPart::kAttention);
            }));
  const bool experts = family().plan != LayerPlan::kDense ||
                       (!family().layer_types.empty() && AnyLayerType([](const LayerType& type) {
                         return type.mlp == LayerMlp::kExperts;
                       }));
  EXPECT_EQ(Has(sizes, "experts"), experts);
  EXPECT_EQ(Has(sizes, "experts_per_token"), experts);
  EXPECT_EQ(!family().router.empty(), experts);
  EXPECT_EQ(FindFamily(family().model_types.front(), family().component), &family());
}

// Views share out the elements of what they are of: each goes into one, once.
TEST_P(FamilyTable, ViewsPartitionWhatIsStored) {
  const auto evaluate = [&](std::string_view expression, std::uint64_t expert) {
    return EvaluateSize(expression, [&](std::string_view name) -> std::optional<std::uint64_t> {
      return name == "expert" ? std::optional(expert) : SmallSize(name);
    });
  };
  const auto evaluate_all = [&](std::string_view list, std::uint64_t expert) {
    std::vector<std::uint64_t> numbers;
    for (const std::string_view item : SplitShape(list)) {
      numbers.push_back(evaluate(item, expert).value());
    }
    return numbers;
  };
  // Of each stored element, in layers of each kind that views tell apart.
  std::map<std::pair<std::string_view, std::uint32_t>, std::vector<int>> uses;
  for (const ViewRule& view : family().views) {
    SCOPED_TRACE(view.name);
    const auto rule = std::ranges::find(family().tensors, view.stored, &TensorRule::name);
    ASSERT_NE(rule, family().tensors.end());
    if (view.shape.empty()) continue;
    const auto stored_shape = evaluate_all(rule->shape, 0);
    std::vector<int>& stored = uses[{view.stored, view.needs.bits()}];
    stored.resize(ElementCount(stored_shape).value());
    const bool per_expert = view.name.find("{E}") != std::string_view::npos;
    for (std::uint64_t expert = 0; expert < (per_expert ? *SmallSize("experts") : 1); ++expert) {
      const auto shape = evaluate_all(view.shape, expert);
      const auto dimensions =
          view.dimensions.empty() ? shape : evaluate_all(view.dimensions, expert);
      auto strides = evaluate_all(view.strides, expert);
      if (strides.empty()) {
        strides.assign(dimensions.size(), 1);
        for (std::size_t i = strides.size(); i-- > 1;) strides[i - 1] = strides[i] * dimensions[i];
      }
      ASSERT_EQ(strides.size(), dimensions.size());
      ASSERT_EQ(ElementCount(shape), ElementCount(dimensions));
      for (std::uint64_t element = 0; element < *ElementCount(dimensions); ++element) {
        std::uint64_t at = evaluate(view.offset, expert).value();
        std::uint64_t rest = element;
        for (std::size_t i = dimensions.size(); i-- > 0; rest /= dimensions[i]) {
          at += rest % dimensions[i] * strides[i];
        }
        ASSERT_LT(at, stored.size());
        ++stored[at];
      }
    }
  }
  for (const auto& [name, stored] : uses) {
    EXPECT_TRUE(std::ranges::all_of(stored, [](int count) { return count == 1; })) << name.first;
  }
}

INSTANTIATE_TEST_SUITE_P(All, FamilyTable, ::testing::ValuesIn([] {
                           std::vector<const Family*> all;
                           for (const Family& family : Families()) all.push_back(&family);
                           return all;
                         }()),
                         [](const auto& of) { return std::string(of.param->name); });

// A type can stand for several families' layouts, but each family has one of its own among those of
// its component.
TEST(Families, OfATypeOfTheirOwn) {
  std::set<std::pair<Component, std::string_view>> types;
  for (const Family& family : Families()) {
    EXPECT_TRUE(types.emplace(family.component, family.model_types.front()).second) << family.name;
  }
  EXPECT_EQ(FindFamily("no such model"), nullptr);
  EXPECT_EQ(FindFamily(""), nullptr);
}

}  // namespace family_test
}  // namespace modelkin
