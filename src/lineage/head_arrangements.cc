#include "lineage/head_arrangements.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <utility>

#include "statistics/importance_sampling.h"
#include "statistics/log_tail.h"
#include "statistics/tilted_permutation.h"

namespace modelkin {
namespace {

constexpr std::uint64_t kTiltedHeadDraws = 4096;

// Query heads of one group of A and one of B.
std::vector<double> InsideOf(const HeadSimilarities& layer, std::size_t a, std::size_t b,
                             std::size_t inside, std::size_t query) {
  std::vector<double> block(inside * inside);
  for (std::size_t i = 0; i < inside; ++i) {
    for (std::size_t j = 0; j < inside; ++j) {
      block[i * inside + j] = layer.query[(a * inside + i) * query + b * inside + j];
    }
  }
  return block;
}

// log of the product over rows of the mean of exp(scale * value): nearly the mean of exp(scale *
// sum) over orders.
double LogMeanOfSums(const std::vector<double>& values, std::size_t units, double scale) {
  double sum = 0;
  for (std::size_t i = 0; i < units; ++i) {
    double mean = 0;
    for (std::size_t j = 0; j < units; ++j) mean += std::exp(scale * values[i * units + j]);
    sum += std::log(mean / static_cast<double>(units));
  }
  return sum;
}

// A layer's orders, those with large sums preferred.
class TiltedLayer {
 public:
  TiltedLayer(const HeadSimilarities& layer, std::size_t groups, std::size_t inside, double scale)
      : layer_(layer), groups_(groups), inside_(inside), by_group_(Tilted(scale)) {}

  // The sum of an order, and the log of the probability of drawing it.
  std::pair<double, double> Draw(Random& random) const {
    std::vector<std::uint32_t> groups, members;
    double log_probability = by_group_.Draw(random, groups), sum = 0;
    for (std::size_t g = 0; g < groups_; ++g) {
      log_probability += members_[g * groups_ + groups[g]].Draw(random, members);
      sum += SumOf(g, groups[g], members);
    }
    return {sum, log_probability};
  }

  std::pair<double, double> InPlace() const {
    std::vector<std::uint32_t> groups(groups_), members(inside_);
    std::iota(groups.begin(), groups.end(), 0U);
    std::iota(members.begin(), members.end(), 0U);
    double log_probability = by_group_.LogProbability(groups), sum = 0;
    for (std::uint32_t g = 0; g < groups_; ++g) {
      log_probability += members_[g * groups_ + g].LogProbability(members);
      sum += SumOf(g, g, members);
    }
    return {sum, log_probability};
  }

  // log of the mean of exp(scale * sum), nearly.
  double log_mean() const { return log_mean_; }

 private:
  // Fills in members_ and log_mean_ as well.
  TiltedPermutation Tilted(double scale) {
    std::vector<double> scores(groups_ * groups_);
    for (std::size_t a = 0; a < groups_; ++a) {
      for (std::size_t b = 0; b < groups_; ++b) {
        const auto block = InsideOf(layer_, a, b, inside_, groups_ * inside_);
        scores[a * groups_ + b] =
            scale * layer_.group[a * groups_ + b] + LogMeanOfSums(block, inside_, scale);
        members_.emplace_back(block, inside_, scale);
      }
    }
    log_mean_ = LogMeanOfSums(scores, groups_, 1);
    return {scores, groups_, 1};
  }

  double SumOf(std::size_t a, std::size_t b, const std::vector<std::uint32_t>& members) const {
    double sum = layer_.group[a * groups_ + b];
    for (std::size_t i = 0; i < inside_; ++i) {
      sum += layer_.query[(a * inside_ + i) * groups_ * inside_ + b * inside_ + members[i]];
    }
    return sum;
  }

  const HeadSimilarities& layer_;
  std::size_t groups_, inside_;
  double log_mean_ = 0;
  std::vector<TiltedPermutation> members_;  // of each pair of groups
  TiltedPermutation by_group_;              // last: it fills in the others
};

}  // namespace

HeadArrangements::HeadArrangements(std::vector<HeadSimilarities> layers, HeadCounts heads)
    : layers_(std::move(layers)), heads_(heads), inside_(heads.query / heads.groups) {}

double HeadArrangements::log_count() const {
  return static_cast<double>(layers_.size()) *
         (LogFactorial(heads_.groups) + static_cast<double>(heads_.groups) * LogFactorial(inside_));
}

double HeadArrangements::InPlace() const {
  double sum = 0;
  for (const HeadSimilarities& layer : layers_) {
    for (std::size_t h = 0; h < heads_.query; ++h) sum += layer.query[h * (heads_.query + 1)];
    for (std::size_t g = 0; g < heads_.groups; ++g) sum += layer.group[g * (heads_.groups + 1)];
  }
  return sum;
}

double HeadArrangements::Mean() const {
  double mean = 0;
  for (const HeadSimilarities& layer : layers_) {
    mean += std::accumulate(layer.query.begin(), layer.query.end(), 0.0) /
                static_cast<double>(heads_.query) +
            std::accumulate(layer.group.begin(), layer.group.end(), 0.0) /
                static_cast<double>(heads_.groups);
  }
  return mean;
}

double HeadArrangements::Draw(Random& random) const {
  thread_local std::vector<std::uint32_t> groups, members;
  groups.resize(heads_.groups);
  members.resize(inside_);
  double sum = 0;
  for (const HeadSimilarities& layer : layers_) {
    std::iota(groups.begin(), groups.end(), 0U);
    random.Shuffle(groups);
    for (std::size_t g = 0; g < heads_.groups; ++g) {
      sum += layer.group[g * heads_.groups + groups[g]];
      std::iota(members.begin(), members.end(), 0U);
      random.Shuffle(members);
      for (std::size_t h = 0; h < inside_; ++h) {
        const std::size_t to = groups[g] * inside_ + members[h];
        sum += layer.query[(g * inside_ + h) * heads_.query + to];
      }
    }
  }
  return sum;
}

HeadTail HeadArrangements::Tail(const MonteCarloOptions& options) const {
  const MonteCarloResult drawn = MonteCarloTail(
      InPlace(), [this](Random& random) { return Draw(random); }, options);
  if (!drawn.floor()) return {.log_p = drawn.log_p};
  return {.log_p = std::min(drawn.log_p, TiltedTail(options)), .by_importance = true};
}

double HeadArrangements::TiltedTail(const MonteCarloOptions& options) const {
  const double statistic = InPlace();
  std::vector<TiltedLayer> best;
  double least = 0;
  // Chernoff's bound has one minimum. Cosines are of the order of 1 / sqrt(columns), so that tilts
  // are taken as they are.
  for (int tilt = 0; tilt < kTilts; ++tilt) {
    std::vector<TiltedLayer> layers;
    double log_mean = 0;
    for (const HeadSimilarities& layer : layers_) {
      layers.emplace_back(layer, heads_.groups, inside_, Tilt(tilt));
      log_mean += layers.back().log_mean();
    }
    const double bound = log_mean - Tilt(tilt) * statistic;
    if (tilt > 0 && bound >= least) break;
    least = bound;
    best = std::move(layers);
  }
  const double log_null = -log_count();
  const auto all = [&](const auto& of_layer) {
    WeightedDraw drawn{.log_weight = log_null};
    for (const TiltedLayer& layer : best) {
      const auto [sum, log_probability] = of_layer(layer);
      drawn.statistic += sum;
      drawn.log_weight -= log_probability;
    }
    return drawn;
  };
  MonteCarloOptions tilted = options;
  tilted.draws = kTiltedHeadDraws;
  return AfterChoiceOfTilt(LogImportanceTail(
      all([](const TiltedLayer& layer) { return layer.InPlace(); }),
      [&](Random& random) {
        return all([&](const TiltedLayer& layer) { return layer.Draw(random); });
      },
      tilted));
}

}  // namespace modelkin
