// Task arithmetic, TIES and DARE, element by element: the base, and what each model changed of it.
#ifndef MODELKIN_MERGING_CHANGE_RULE_H_
#define MODELKIN_MERGING_CHANGE_RULE_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "merging/merge_plan.h"
#include "merging/size_threshold.h"

namespace modelkin {

inline constexpr std::size_t kMostChanges = 16;

// What becomes of a model's changes.
struct ChangeTerm {
  enum class Keeps : std::uint8_t { kAll, kNone, kLargest, kSome };

  Keeps keeps = Keeps::kAll;
  float weight = 1;  // in the type that is computed in
  float scale = 1;   // of those that are kept
  bool is_scaled = false;
  DType scaled_in = DType::kF32;
  SizeThreshold threshold;  // of kLargest
};

// Of an element: for each model, whether its change is kept; a bit each.
struct KeptChanges {
  std::uint32_t kept = 0;
  std::uint32_t open = 0;  // kept or not: the recipe does not say
};

class ChangeRule {
 public:
  ChangeRule() = default;
  // Weights and what is kept, without thresholds and scales.
  explicit ChangeRule(const PlannedTensor& planned);

  std::vector<ChangeTerm>& terms() { return terms_; }
  const std::vector<ChangeTerm>& terms() const { return terms_; }

  // The change of one model, as it is computed.
  float ChangeOf(float value, float base) const;
  KeptChanges Kept(std::span<const float> changes) const;
  // The merged element where the changes in `kept` are kept.
  float Combine(float base, std::span<const float> changes, std::uint32_t kept) const;
  // What a kept change of one model is multiplied by where no other is kept, scale aside.
  double FactorAlone(std::size_t term) const;

 private:
  template <DType kType>
  float Weighted(const ChangeTerm& term, float change, bool is_kept) const;
  template <DType kType>
  float CombineAs(float base, std::span<const float> changes, std::uint32_t kept) const;

  std::vector<ChangeTerm> terms_;
  DType dtype_ = DType::kF32;
  bool by_sign_ = false, normalize_ = false;
  float lambda_ = 1;
  float all_weights_ = 1;  // their sum, or 1 for 0
};

}  // namespace modelkin

#endif  // MODELKIN_MERGING_CHANGE_RULE_H_
