#include "kinship/whole_verdict.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <string>

namespace modelkin {
namespace {

using Components = std::span<const JudgedComponent>;
using enum VerdictCategory;

bool Is(const JudgedComponent& component, VerdictCategory category) {
  return component.verdict != nullptr && component.verdict->category == category;
}

bool IsLinked(const JudgedComponent& component) {
  return Is(component, kIdentical) || Is(component, kDerived);
}

bool IsTextOf(const JudgedComponent& component) { return component.kind == Component::kText; }

// Whether B has it, and nothing shows that it comes from A.
bool IsOthers(const JudgedComponent& component) {
  return component.parameters_b > 0 && !IsLinked(component);
}

// Of B's parameters, the share that is in components which go back to A.
double LinkedShare(Components components) {
  double linked = 0, all = 0;
  for (const JudgedComponent& component : components) {
    const auto parameters = static_cast<double>(component.parameters_b);
    all += parameters;
    linked += IsLinked(component) ? parameters : 0;
  }
  return all > 0 ? linked / all : 0;
}

bool IsDerivedAsAWhole(Components components) {
  if (LinkedShare(components) >= kDerivedShare) return true;
  const bool text = std::ranges::any_of(
      components, [](const auto& component) { return IsTextOf(component) && IsLinked(component); });
  const bool elsewhere = std::ranges::any_of(components, [](const auto& component) {
    return Is(component, kNoEvidence) || Is(component, kSharesMaterial);
  });
  return text && !elsewhere;
}

// "the vision component", "the text and vision components"
Said Named(const std::vector<std::string_view>& names) {
  return {
      fmt::format("the {} component{}", fmt::join(names, " and "), names.size() == 1 ? "" : "s"),
      fmt::format("구성 요소 {}", fmt::join(names, ", "))};
}

std::vector<Kind> KindsOf(Components components) {
  std::vector<Kind> kinds;
  std::vector<std::string_view> linked, others;
  for (const JudgedComponent& component : components) {
    if (IsLinked(component)) linked.push_back(ComponentName(component.kind));
    if (IsOthers(component)) others.push_back(ComponentName(component.kind));
  }
  if (linked.empty() || others.empty()) return kinds;
  kinds.push_back(
      {.kind = DerivationKind::kComponentTaken,
       .evidence = Say(
           "{0} of B {1} back to A's, or both to a third model, as where two "
           "projects take the same published encoder; nothing shows that of {2}",
           "B의 {0}는 A의 것에서 나왔거나, 두 프로젝트가 공개된 같은 인코더를 쓴 경우처럼 둘 다 "
           "제3의 모델에서 나옴; {2}에는 그런 증거가 없음",
           Named(linked), linked.size() == 1 ? "goes" : "go", Named(others))});
  const bool text_in_both = std::ranges::any_of(components, [](const auto& component) {
    return IsTextOf(component) && (Is(component, kNoEvidence) || Is(component, kNotComparable));
  });
  if (text_in_both) {
    kinds.push_back(
        {.kind = DerivationKind::kTextReplaced,
         .evidence = Say("the text model of B is not shown to be A's, and {} of A stayed "
                         "beside it",
                         "B의 텍스트 모델이 A의 것이라는 증거는 없고, A의 {}는 그 옆에 남음",
                         Named(linked))});
  }
  return kinds;
}

}  // namespace

WholeVerdict JudgeWhole(Components components) {
  if (components.size() == 1) {
    const Verdict& only = *components.front().verdict;
    return {.category = only.category, .shared = only.shared, .kinds = {}};
  }
  WholeVerdict whole;
  const auto any = [&](VerdictCategory category) {
    return std::ranges::any_of(components,
                               [&](const auto& component) { return Is(component, category); });
  };
  if (std::ranges::all_of(components,
                          [](const auto& component) { return Is(component, kIdentical); })) {
    whole.category = kIdentical;
    return whole;
  }
  if (std::ranges::any_of(components, IsLinked)) {
    whole.category = IsDerivedAsAWhole(components) ? kDerived : kSharesMaterial;
    if (whole.category == kSharesMaterial) {
      whole.shared = SharedMaterial::kComponentTaken;
      whole.kinds = KindsOf(components);
    }
    return whole;
  }
  if (any(kSharesMaterial)) {
    whole.category = kSharesMaterial;
    whole.shared = std::ranges::find_if(components, [](const auto& component) {
                     return Is(component, kSharesMaterial);
                   })->verdict->shared;
    return whole;
  }
  whole.category = any(kNoEvidence) ? kNoEvidence : kNotComparable;
  return whole;
}

}  // namespace modelkin
