#include "functional/next_tokens.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "inference/forward_pass.h"

namespace modelkin {
namespace {

// Of logits of both models held at once.
constexpr std::uint64_t kLogitBytes = std::uint64_t{256} << 20;

Activations RowsOf(const Activations& all, const std::vector<std::size_t>& rows) {
  Activations out(rows.size(), all.columns);
  for (std::size_t i = 0; i < rows.size(); ++i) {
    std::copy_n(all.Row(rows[i]), all.columns, out.Row(i));
  }
  return out;
}

// A model's distributions over the shared tokens, a row a position.
struct Shares {
  Activations values;
  double outside = 0;  // summed over positions
};

Shares SharesOf(const RunnableModel& model, const Activations& rows,
                const std::vector<std::uint64_t>& tokens) {
  const Activations logits = Logits(model, rows);
  Shares shares{.values = Activations(rows.rows, tokens.size())};
  for (std::size_t row = 0; row < rows.rows; ++row) {
    const float* const from = logits.Row(row);
    const double largest = *std::max_element(from, from + logits.columns);
    // Relative to the largest shared one, so that shares are defined however unlikely all are.
    double largest_shared = from[tokens.front()];
    for (const std::uint64_t token : tokens) {
      largest_shared = std::max(largest_shared, static_cast<double>(from[token]));
    }
    double all = 0, shared = 0;
    for (std::size_t i = 0; i < logits.columns; ++i) all += std::exp(from[i] - largest);
    for (const std::uint64_t token : tokens) shared += std::exp(from[token] - largest_shared);
    for (std::size_t i = 0; i < tokens.size(); ++i) {
      shares.values.Row(row)[i] =
          static_cast<float>(std::exp(from[tokens[i]] - largest_shared) / shared);
    }
    const double inside = shared * std::exp(largest_shared - largest);
    shares.outside += std::max(0.0, 1 - inside / all);
  }
  return shares;
}

// In bits.
double Divergence(const float* p, const float* q, std::size_t size) {
  double sum = 0;
  for (std::size_t i = 0; i < size; ++i) {
    const double a = p[i], b = q[i];
    const double mean = (a + b) / 2;
    if (a > 0) sum += a / 2 * std::log2(a / mean);
    if (b > 0) sum += b / 2 * std::log2(b / mean);
  }
  return std::clamp(sum, 0.0, 1.0);
}

// Sums over positions.
class Sums {
 public:
  void Add(const Shares& a, const Shares& b) {
    const std::size_t positions = a.values.rows;
    const std::size_t size = a.values.columns;
    for (std::size_t i = 0; i < positions; ++i) {
      const float* const p = a.values.Row(i);
      const float* const q = b.values.Row(i);
      divergence_ += Divergence(p, q, size);
      elsewhere_ += Divergence(p, b.values.Row((i + positions / 2) % positions), size);
      same_ += std::max_element(p, p + size) - p == std::max_element(q, q + size) - q ? 1 : 0;
    }
    outside_a_ += a.outside;
    outside_b_ += b.outside;
  }

  void Finish(NextTokenComparison& to) const {
    const auto positions = static_cast<double>(to.positions);
    to.divergence = divergence_ / positions;
    to.divergence_elsewhere = elsewhere_ / positions;
    to.same_likeliest = same_ / positions;
    to.outside_a = outside_a_ / positions;
    to.outside_b = outside_b_ / positions;
  }

 private:
  double divergence_ = 0, elsewhere_ = 0, same_ = 0, outside_a_ = 0, outside_b_ = 0;
};

}  // namespace

NextTokenComparison CompareNextTokens(const RunnableModel& model_a, const ModelRecord& a,
                                      const RunnableModel& model_b, const ModelRecord& b,
                                      const std::vector<RowPair>& pairs,
                                      const std::vector<SharedToken>& shared) {
  NextTokenComparison comparison;
  if (!model_a.family().has_head() || !model_b.family().has_head()) {
    comparison.skipped = SkipReason::kEncoder;
  } else if (shared.size() < 2) {
    comparison.skipped = SkipReason::kTooFewTokens;
  } else if (pairs.size() < 2) {
    comparison.skipped = SkipReason::kTooFewTextEnds;
  }
  if (!comparison.skipped.empty()) return comparison;
  comparison.positions = pairs.size();
  comparison.shared_tokens = shared.size();
  std::vector<std::uint64_t> tokens_a, tokens_b;
  for (const SharedToken& token : shared) {
    tokens_a.push_back(token.a);
    tokens_b.push_back(token.b);
  }
  const std::uint64_t row_bytes =
      (model_a.vocabulary() + model_b.vocabulary() + 2 * shared.size()) * sizeof(float);
  const std::size_t at_once = std::max<std::size_t>(2, kLogitBytes / row_bytes);
  Sums sums;
  for (std::size_t begin = 0; begin < pairs.size(); begin += at_once) {
    std::vector<std::size_t> rows_a, rows_b;
    for (std::size_t i = begin; i < std::min(pairs.size(), begin + at_once); ++i) {
      rows_a.push_back(pairs[i].a);
      rows_b.push_back(pairs[i].b);
    }
    sums.Add(SharesOf(model_a, RowsOf(a.final, rows_a), tokens_a),
             SharesOf(model_b, RowsOf(b.final, rows_b), tokens_b));
  }
  sums.Finish(comparison);
  return comparison;
}

}  // namespace modelkin
