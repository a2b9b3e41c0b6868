#include "inference/token_scores.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "inference/forward_pass.h"

namespace modelkin {
namespace {

// The best tokens so far and the sum of all exponentials, relative to the largest logit so far.
class RunningScores {
 public:
  explicit RunningScores(std::size_t count) : count_(count) {}

  void Add(std::size_t first, const float* logits, std::size_t size) {
    const double largest =
        std::max(largest_, static_cast<double>(*std::max_element(logits, logits + size)));
    sum_ *= std::exp(largest_ - largest);
    largest_ = largest;
    for (std::size_t i = 0; i < size; ++i) {
      sum_ += std::exp(logits[i] - largest);
      if (best_.size() < count_ || (count_ > 0 && logits[i] > best_.back().logit)) {
        Insert(first + i, logits[i]);
      }
    }
  }

  std::vector<ScoredToken> Take() {
    for (ScoredToken& token : best_) token.probability = std::exp(token.logit - largest_) / sum_;
    return std::move(best_);
  }

 private:
  void Insert(std::uint64_t id, double logit) {
    const auto at =
        std::ranges::find_if(best_, [&](const ScoredToken& token) { return logit > token.logit; });
    best_.insert(at, {.id = id, .logit = logit});
    if (best_.size() > count_) best_.pop_back();
  }

  std::size_t count_;
  std::vector<ScoredToken> best_;  // the largest logit first
  double largest_ = -std::numeric_limits<double>::infinity();
  double sum_ = 0;
};

}  // namespace

std::vector<std::vector<ScoredToken>> LikeliestTokens(const RunnableModel& model,
                                                      const Activations& rows, std::size_t count) {
  std::vector<RunningScores> running(rows.rows, RunningScores(count));
  ForLogits(model, rows, [&](std::size_t first, const Activations& logits) {
    for (std::size_t row = 0; row < logits.rows; ++row) {
      running[row].Add(first, logits.Row(row), logits.columns);
    }
  });
  std::vector<std::vector<ScoredToken>> likeliest;
  likeliest.reserve(running.size());
  for (RunningScores& scores : running) likeliest.push_back(scores.Take());
  return likeliest;
}

}  // namespace modelkin
