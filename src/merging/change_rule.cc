#include "merging/change_rule.h"

#include <bit>
#include <cmath>

#include "merging/element_rounding.h"

namespace modelkin {
namespace {

int SignOf(float value) { return value > 0 ? 1 : value < 0 ? -1 : 0; }

}  // namespace

ChangeRule::ChangeRule(const PlannedTensor& planned)
    : dtype_(planned.dtype),
      by_sign_(planned.method == RecipeMethod::kTies || planned.method == RecipeMethod::kDareTies),
      normalize_(planned.normalize),
      lambda_(static_cast<float>(planned.lambda)) {
  const bool at_random = DropsAtRandom(planned.method);
  float all = 0;
  for (const PlannedSource& source : planned.sources) {
    ChangeTerm term{.weight = RoundTo(dtype_, static_cast<float>(source.weight))};
    if (planned.method != RecipeMethod::kTaskArithmetic && source.density < 1) {
      term.keeps = source.density <= 0 ? ChangeTerm::Keeps::kNone
                   : at_random         ? ChangeTerm::Keeps::kSome
                                       : ChangeTerm::Keeps::kLargest;
      term.is_scaled = planned.rescale && source.density > 0;
      // torch draws for 16-bit floats of IEEE in 32 bits.
      term.scaled_in = at_random && dtype_ == DType::kF16 ? DType::kF32 : dtype_;
    }
    all += term.weight;
    terms_.push_back(term);
  }
  all_weights_ = RoundTo(dtype_, all);
  if (std::abs(all_weights_) < 1e-8F) all_weights_ = 1;
}

float ChangeRule::ChangeOf(float value, float base) const { return RoundTo(dtype_, value - base); }

KeptChanges ChangeRule::Kept(std::span<const float> changes) const {
  KeptChanges found;
  for (std::size_t i = 0; i < terms_.size(); ++i) {
    const ChangeTerm& term = terms_[i];
    const std::uint32_t bit = 1U << i;
    const std::uint32_t size = std::bit_cast<std::uint32_t>(changes[i]) & 0x7FFFFFFF;
    switch (term.keeps) {
      case ChangeTerm::Keeps::kAll: found.kept |= bit; break;
      case ChangeTerm::Keeps::kNone: break;
      case ChangeTerm::Keeps::kLargest:
        if (size >= term.threshold.bits) found.kept |= bit;
        if (size == term.threshold.bits && size != 0 && term.threshold.is_open()) found.open |= bit;
        break;
      case ChangeTerm::Keeps::kSome:
        found.kept |= bit;
        if (size != 0) found.open |= bit;
        break;
    }
  }
  return found;
}

template <DType kType>
float ChangeRule::Weighted(const ChangeTerm& term, float change, bool is_kept) const {
  float value = is_kept ? change : change * 0.0F;
  if (term.is_scaled) value = RoundAs<kType>(RoundTo(term.scaled_in, value * term.scale));
  return RoundAs<kType>(value * term.weight);
}

template <DType kType>
float ChangeRule::CombineAs(float base, std::span<const float> changes, std::uint32_t kept) const {
  std::array<float, kMostChanges> values;
  float sum = 0;
  for (std::size_t i = 0; i < terms_.size(); ++i) {
    values[i] = Weighted<kType>(terms_[i], changes[i], (kept >> i & 1) != 0);
    sum += values[i];
  }
  float mixed = RoundAs<kType>(sum), divisor = all_weights_;
  if (by_sign_) {
    const int sign = mixed >= 0 ? 1 : -1;
    float own = 0, weights = 0;
    for (std::size_t i = 0; i < terms_.size(); ++i) {
      const bool wins = SignOf(values[i]) == sign;
      own += wins ? values[i] : values[i] * 0.0F;
      weights += wins ? terms_[i].weight : 0.0F;
    }
    mixed = RoundAs<kType>(own);
    divisor = RoundAs<kType>(weights);
    if (divisor == 0) divisor = 1;
  }
  if (normalize_) mixed = RoundAs<kType>(mixed / divisor);
  if (lambda_ != 1) mixed = RoundAs<kType>(mixed * lambda_);
  return RoundAs<kType>(base + mixed);
}

float ChangeRule::Combine(float base, std::span<const float> changes, std::uint32_t kept) const {
  if (dtype_ == DType::kBF16) return CombineAs<DType::kBF16>(base, changes, kept);
  if (dtype_ == DType::kF16) return CombineAs<DType::kF16>(base, changes, kept);
  return CombineAs<DType::kF32>(base, changes, kept);
}

double ChangeRule::FactorAlone(std::size_t term) const {
  double factor = terms_[term].weight;
  if (normalize_) factor = by_sign_ ? 1 : factor / all_weights_;
  return factor * lambda_;
}

}  // namespace modelkin
