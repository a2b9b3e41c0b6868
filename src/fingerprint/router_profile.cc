#include "fingerprint/router_profile.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <map>

#include "base/parallel.h"
#include "checkpoint/tensor_reader.h"
#include "linalg/svd.h"
#include "numeric/decode.h"
#include "statistics/correlation.h"

namespace modelkin {
namespace {

// A tensor with more rows is no router, whatever its name.
constexpr std::uint64_t kMostExperts = 4096;
constexpr std::uint64_t kMostRouterElements = std::uint64_t{1} << 24;

// Rows of experts, row-major.
struct Router {
  std::vector<double> values;
  std::size_t experts = 0, columns = 0;
  const double* row(std::size_t expert) const { return values.data() + expert * columns; }
};

double Dot(const double* a, const double* b, std::size_t count) {
  double sum = 0;
  for (std::size_t i = 0; i < count; ++i) sum += a[i] * b[i];
  return sum;
}

// All of a tensor, in its order.
std::vector<double> ReadAll(const ModelParts& model, const Tensor& tensor) {
  const TensorReader reader(model.checkpoint, tensor);
  std::vector<double> values(tensor.elements);
  std::vector<std::byte> scratch;
  const auto bytes = reader.Read(0, tensor.elements, scratch);
  DecodeToDouble(tensor.dtype, bytes.data(), tensor.elements, values.data());
  reader.RequireNothingLost();
  return values;
}

bool AllFinite(const std::vector<double>& values) {
  return std::ranges::all_of(values, [](double value) { return std::isfinite(value); });
}

// Why it can't be profiled, if so.
Skipped ReasonToSkip(const Part& part) {
  if (!part.residual_axis()) return SkipReason::kUnknownRouterAxis;
  if (!IsFloatingPoint(part.tensor->dtype)) return SkipReason::kCodes;
  if (part.tensor->shape[1 - *part.residual_axis()] > kMostExperts)
    return SkipReason::kTooManyExperts;
  if (part.tensor->elements > kMostRouterElements) return SkipReason::kTooLargeRouter;
  return {};
}

// Turned so that a row is an expert's.
Router ReadRouter(const ModelParts& model, const Part& part) {
  std::vector<double> values = ReadAll(model, *part.tensor);
  Router router{.experts = part.tensor->shape[1 - *part.residual_axis()],
                .columns = part.tensor->shape[*part.residual_axis()]};
  if (*part.residual_axis() == 0) {
    router.values.resize(values.size());
    for (std::size_t i = 0; i < values.size(); ++i) {
      router.values[i % router.experts * router.columns + i / router.experts] = values[i];
    }
  } else {
    router.values = std::move(values);
  }
  return router;
}

std::vector<double> RowNorms(const Router& router) {
  std::vector<double> norms(router.experts);
  for (std::size_t e = 0; e < router.experts; ++e) {
    norms[e] = std::sqrt(Dot(router.row(e), router.row(e), router.columns));
  }
  return norms;
}

struct Spread {
  double mean = 0, sd = 0;
};

Spread SpreadOf(const std::vector<double>& values) {
  const double n = static_cast<double>(values.size());
  double mean = 0, squares = 0;
  for (const double value : values) mean += value / n;
  for (const double value : values) squares += (value - mean) * (value - mean);
  return {.mean = mean, .sd = std::sqrt(squares / n)};
}

RowNormProfile ProfileNorms(std::vector<double> norms) {
  std::ranges::sort(norms);
  const std::size_t n = norms.size();
  RowNormProfile profile{
      .min = norms.front(), .median = (norms[(n - 1) / 2] + norms[n / 2]) / 2, .max = norms.back()};
  const Spread spread = SpreadOf(norms);
  if (spread.mean > 0) profile.coefficient_of_variation = spread.sd / spread.mean;
  profile.sorted = std::move(norms);
  return profile;
}

std::optional<double> EffectiveRank(const Router& router) {
  const auto values = SingularValues(router.values, router.experts, router.columns);
  if (!values || !(values->front() > 0)) return std::nullopt;
  double sum = 0, entropy = 0;
  const auto square = [&](double value) { return std::pow(value / values->front(), 2); };
  for (const double value : *values) sum += square(value);
  for (const double value : *values) {
    const double share = square(value) / sum;
    if (share > 0) entropy -= share * std::log(share);
  }
  return std::exp(entropy);
}

std::optional<RowSimilarity> CompareRows(Router router, const std::vector<double>& norms) {
  std::vector<const double*> rows;
  for (std::size_t e = 0; e < router.experts; ++e) {
    if (!(norms[e] > 0)) continue;
    double* const row = router.values.data() + e * router.columns;
    for (std::size_t i = 0; i < router.columns; ++i) row[i] /= norms[e];
    rows.push_back(row);
  }
  if (rows.size() < 2) return std::nullopt;
  RowSimilarity similarity{.rows = rows.size()};
  double sum = 0, sum_absolute = 0;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    for (std::size_t j = 0; j < i; ++j) {
      const double cosine = std::clamp(Dot(rows[i], rows[j], router.columns), -1.0, 1.0);
      sum += cosine;
      sum_absolute += std::abs(cosine);
      similarity.largest_absolute = std::max(similarity.largest_absolute, std::abs(cosine));
    }
  }
  const double n = static_cast<double>(rows.size());
  similarity.mean = sum / (n * (n - 1) / 2);
  similarity.mean_absolute = sum_absolute / (n * (n - 1) / 2);
  return similarity;
}

std::optional<CorrectionBias> ProfileBias(const ModelParts& model, const Part& part) {
  if (!IsFloatingPoint(part.tensor->dtype) || part.tensor->elements > kMostRouterElements) {
    return std::nullopt;
  }
  const std::vector<double> values = ReadAll(model, *part.tensor);
  const Spread spread = SpreadOf(values);
  if (!AllFinite(values) || !std::isfinite(spread.sd)) return std::nullopt;
  const auto [min, max] = std::ranges::minmax(values);
  return CorrectionBias{.mean = spread.mean, .sd = spread.sd, .min = min, .max = max};
}

struct RouterParts {
  const Part* router = nullptr;
  const Part* bias = nullptr;
};

std::vector<RouterParts> FindRouters(const ModelParts& model) {
  std::vector<RouterParts> routers;
  std::map<std::optional<std::uint32_t>, const Part*> biases;
  for (const Part& part : model.parts) {
    if (part.module != ModuleKind::kRouter) continue;
    if (part.tensor->shape.size() == 2) routers.push_back({.router = &part});
    if (part.role == Role::kRouterCorrection) biases.emplace(part.layer, &part);
  }
  for (RouterParts& parts : routers) {
    const auto bias = biases.find(parts.router->layer);
    if (bias != biases.end()) parts.bias = bias->second;
  }
  return routers;
}

RouterProfile ProfileOf(const ModelParts& model, const RouterParts& parts,
                        const ExpertSimilarities& similarities) {
  const Part& part = *parts.router;
  RouterProfile profile{.name = part.tensor->name, .layer = part.layer};
  const auto similarity = part.layer ? similarities.find(*part.layer) : similarities.end();
  if (similarity != similarities.end()) profile.expert_similarity = similarity->second;
  if (parts.bias != nullptr) profile.bias = ProfileBias(model, *parts.bias);
  profile.skipped = ReasonToSkip(part);
  if (!profile.skipped.empty()) return profile;
  Router router = ReadRouter(model, part);
  std::vector<double> norms = RowNorms(router);
  if (!AllFinite(norms)) {
    profile.skipped = SkipReason::kNotFinite;
    return profile;
  }
  profile.experts = router.experts;
  profile.effective_rank = EffectiveRank(router);
  profile.similarity = CompareRows(std::move(router), norms);
  profile.norms = ProfileNorms(std::move(norms));
  return profile;
}

const RouterProfile* OfLayer(const std::vector<RouterProfile>& profiles, std::uint32_t layer) {
  const auto found = std::ranges::find(profiles, layer, &RouterProfile::layer);
  return found == profiles.end() ? nullptr : &*found;
}

}  // namespace

std::vector<RouterProfile> ProfileRouters(const ModelParts& model,
                                          const ExpertSimilarities& similarities,
                                          unsigned threads) {
  const std::vector<RouterParts> routers = FindRouters(model);
  std::vector<RouterProfile> profiles(routers.size());
  ParallelFor(threads, routers.size(), [&](std::size_t i, unsigned) {
    profiles[i] = ProfileOf(model, routers[i], similarities);
  });
  return profiles;
}

std::vector<RouterPair> CompareRouters(const std::vector<RouterProfile>& a,
                                       const std::vector<RouterProfile>& b,
                                       const LayerPairs& layers) {
  std::vector<RouterPair> pairs;
  for (const auto& [layer_a, layer_b] : layers) {
    const RouterProfile* const in_a = OfLayer(a, layer_a);
    const RouterProfile* const in_b = OfLayer(b, layer_b);
    if (in_a == nullptr || in_b == nullptr) continue;
    RouterPair pair{.layer_a = layer_a, .layer_b = layer_b};
    if (!in_a->skipped.empty() || !in_b->skipped.empty()) {
      pair.skipped = in_a->skipped.empty() ? in_b->skipped : in_a->skipped;
    } else if (in_a->experts != in_b->experts) {
      pair.skipped = SkipReason::kExpertsDiffer;
    } else {
      pair.norm_correlation = PearsonOf(in_a->norms.sorted, in_b->norms.sorted);
      if (!pair.norm_correlation) pair.skipped = SkipReason::kEqualNorms;
    }
    pairs.push_back(pair);
  }
  return pairs;
}

}  // namespace modelkin
