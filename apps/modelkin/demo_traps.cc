#include "demo_traps.h"

#include <fmt/format.h>

#include <cmath>
#include <numeric>
#include <vector>

#include "linalg/matrix_product.h"
#include "report/text_table.h"
#include "statistics/log_tail.h"
#include "statistics/random.h"
#include "statistics/trace_test.h"

namespace modelkin {
namespace {

// Which made-up strangers: chosen so that their numbers are those of the real dispute.
constexpr std::uint64_t kNormSeed = 3;
constexpr std::uint64_t kHeadSeed = 44;
constexpr std::uint64_t kLayerSeed = 375;

constexpr std::size_t kTrapWidth = 4096;
constexpr std::size_t kTrapLayers = 46;
constexpr double kLayerCorrelation = 0.6;
constexpr double kPublishedMean = 0.0126;
constexpr std::size_t kTokens = 512, kSmallWidth = 128;
constexpr std::uint64_t kPermutations = 10'000;

using Vector = std::vector<double>;

// Mean 0, variance 1: a sum of twelve uniform numbers.
double Normal(Random& random) {
  double sum = -6;
  for (int i = 0; i < 12; ++i) sum += static_cast<double>(random.Next() >> 11) * 0x1p-53;
  return sum;
}

Vector NormalVector(std::size_t count, Random& random) {
  Vector values(count);
  for (double& value : values) value = Normal(random);
  return values;
}

double Cosine(const Vector& a, const Vector& b) {
  const double ab = std::inner_product(a.begin(), a.end(), b.begin(), 0.0);
  const double aa = std::inner_product(a.begin(), a.end(), a.begin(), 0.0);
  return ab / std::sqrt(aa * std::inner_product(b.begin(), b.end(), b.begin(), 0.0));
}

double Mean(const Vector& values) {
  return std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size());
}

double Pearson(Vector a, Vector b) {
  const double mean_a = Mean(a), mean_b = Mean(b);
  for (double& value : a) value -= mean_a;
  for (double& value : b) value -= mean_b;
  return Cosine(a, b);
}

double MeanShuffledCosine(const Vector& a, Vector b) {
  std::fill(b.begin(), b.end(),
            Mean(b) / std::sqrt(std::inner_product(b.begin(), b.end(), b.begin(), 0.0) /
                                static_cast<double>(b.size())));
  return Cosine(a, b) * b.front();
}

// Of positions x units matrices: the sum over positions of what two units have in common, tested by
// permutations of B's units.
struct JointTest {
  double z, p;
};

JointTest TestJointly(const Vector& a, const Vector& b, std::size_t units, unsigned threads) {
  const std::vector<float> rows_a(a.begin(), a.end()), rows_b(b.begin(), b.end());
  const std::size_t positions = a.size() / units;
  std::vector<float> products(units * units, 0);
  AddTransposedProduct({rows_a.data(), positions, units}, {rows_b.data(), positions, units},
                       threads, products.data());
  const auto moments = TraceTestMoments(products.data(), units);
  if (!moments) return {.z = 0, .p = 1};
  const TraceTail tail =
      TraceTestTail(products.data(), *moments,
                    {.draws = kPermutations, .seed = 1, .threads = threads}, BeyondDraws::kFloor);
  return {.z = moments->z(), .p = std::exp(tail.log_p)};
}

void ShowNorms(const TextStyle& style, const TextSink& sink) {
  Random random(kNormSeed, 0);
  Vector a = NormalVector(kTrapWidth, random), b = NormalVector(kTrapWidth, random);
  for (double& value : a) value = 1 + 0.1 * value;
  for (double& value : b) value = 1 + 0.1 * value;
  sink(style.Bold("Trap 1: everybody's norms look alike") + "\n");
  sink(fmt::format(
      "Two norm vectors of {} values that have nothing to do with each other. All lie near 1.\n\n"
      "  cosine                          {:.4f}   \"99 % the same!\"\n"
      "  the same values in random order {:.4f}   what any two models score\n"
      "  correlation                     {:7.4f}   what is left to explain\n\n",
      kTrapWidth, Cosine(a, b), MeanShuffledCosine(a, b), Pearson(a, b)));
}

void ShowEntries(unsigned threads, const TextStyle& style, const TextSink& sink) {
  Random random(kHeadSeed, 1);
  const Vector direction_a = NormalVector(kSmallWidth, random);
  const Vector direction_b = NormalVector(kSmallWidth, random);
  Vector a, b;
  for (std::size_t token = 0; token < kTokens; ++token) {
    const double unseen = token % 2 == 0 ? 1 : 0;  // training pushes unseen tokens one way
    for (std::size_t i = 0; i < kSmallWidth; ++i) {
      a.push_back(unseen * direction_a[i] + 0.3 * Normal(random));
      b.push_back(unseen * direction_b[i] + 0.3 * Normal(random));
    }
  }
  const double r = Pearson(a, b);
  const double sigmas = std::abs(r) * std::sqrt(static_cast<double>(a.size()));
  const JointTest test = TestJointly(a, b, kSmallWidth, threads);
  sink(style.Bold("Trap 2: a matrix is not a million samples") + "\n");
  sink(fmt::format(
      "Output weights of two unrelated models, {} tokens by {} coordinates. Each pushed the "
      "tokens that it "
      "never\nsaw in a direction of its own: the same tokens, other directions.\n\n"
      "  correlation of {} entries    {:.3f}\n"
      "  counted as independent: r sqrt(n)   {:.0f} sigma   \"certain theft!\"\n"
      "  coordinates in random order         z = {:.2f}, p = {:.2g}\n\n"
      "There are {} coordinates to be in one order or another, not {} entries.\n\n",
      kTokens, kSmallWidth, FormatCount(a.size()), r, sigmas, test.z, test.p, kSmallWidth,
      FormatCount(a.size())));
}

// Norm vectors of all layers of one model, which have kLayerCorrelation in common.
Vector LayerNorms(Random& random) {
  const Vector common = NormalVector(kTrapWidth, random);
  Vector norms;
  for (std::size_t layer = 0; layer < kTrapLayers; ++layer) {
    for (const double value : common) {
      norms.push_back(std::sqrt(kLayerCorrelation) * value +
                      std::sqrt(1 - kLayerCorrelation) * Normal(random));
    }
  }
  return norms;
}

void ShowLayers(unsigned threads, const TextStyle& style, const TextSink& sink) {
  const double published =
      kPublishedMean * std::sqrt(double{kTrapWidth}) * std::sqrt(double{kTrapLayers});
  Random random(kLayerSeed, 2);
  const Vector a = LayerNorms(random), b = LayerNorms(random);
  double mean = 0;
  for (std::size_t layer = 0; layer < kTrapLayers; ++layer) {
    const auto from = static_cast<std::ptrdiff_t>(layer * kTrapWidth);
    const auto to = from + static_cast<std::ptrdiff_t>(kTrapWidth);
    mean += Pearson({a.begin() + from, a.begin() + to}, {b.begin() + from, b.begin() + to}) /
            double{kTrapLayers};
  }
  const double combined = mean * std::sqrt(double{kTrapWidth}) * std::sqrt(double{kTrapLayers});
  const JointTest test = TestJointly(a, b, kTrapWidth, threads);
  sink(style.Bold("Trap 3: 46 layers are not 46 witnesses") + "\n");
  sink(fmt::format(
      "Published for Solar-Open-100B against GLM-4.5-Air: norm vectors of {} layers, {} values "
      "each,\n"
      "with a mean correlation of {}. By chance one layer has 0 +- 1/64.\n\n"
      "  layers combined as if independent   z = {:.2f}, p = {:.0e}   \"proof!\"\n\n"
      "But the layers of one model resemble each other (correlations of 0.46 to 0.77), so that "
      "they\n"
      "agree or disagree with an unrelated one together. Two made-up unrelated models with layers "
      "that alike "
      "({}):\n\n"
      "  mean correlation                    {:.4f}\n"
      "  layers combined as if independent   z = {:.2f}, p = {:.0e}\n"
      "  one permutation for all layers      z = {:.2f}, p = {:.2g}\n\n"
      "All layers share one set of coordinates: there is one permutation to test, once.\n",
      kTrapLayers, FormatCount(kTrapWidth), kPublishedMean, published,
      std::exp(LogNormalTail(published)), kLayerCorrelation, mean, combined,
      std::exp(LogNormalTail(combined)), test.z, test.p));
}

}  // namespace

void ShowTraps(unsigned threads, const Screen& screen, const TextSink& sink) {
  const TextStyle& style = screen.style;
  ShowNorms(style, sink);
  ShowEntries(threads, style, sink);
  ShowLayers(threads, style, sink);
}

}  // namespace modelkin
