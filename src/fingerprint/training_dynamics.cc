#include "fingerprint/training_dynamics.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <set>

#include "base/error.h"
#include "base/parallel.h"
#include "checkpoint/tensor_reader.h"
#include "numeric/decode.h"

namespace modelkin {
namespace {

constexpr std::size_t kFewestCheckpoints = 3;
constexpr std::uint64_t kElementsOfJob = std::uint64_t{1} << 22;
constexpr std::uint64_t kElementsOfBlock = 4096;  // of each checkpoint, decoded at once
// Sums of squares over all tensors are then within the range of doubles.
constexpr double kLargestSum = 1e290;

using Series = std::vector<const ModelParts*>;

// A tensor as all checkpoints have it.
struct SharedPart {
  const Part* first = nullptr;
  std::vector<const Tensor*> tensors;
};

struct SharedParts {
  std::vector<SharedPart> parts;  // in the first checkpoint's order
  std::uint64_t not_in_all = 0;
  std::vector<SkippedTensor> left_out;
};

// Whether its numbers are the weights: codes of a quantisation change with their scales.
bool HoldsWeights(const ModelParts& model, const Tensor& tensor) {
  return IsFloatingPoint(tensor.dtype) &&
         model.checkpoint.Find(tensor.name + "_scale_inv") == nullptr &&
         model.checkpoint.Find(tensor.name + "_scale") == nullptr;
}

SharedParts FindShared(const Series& series) {
  SharedParts shared;
  std::set<std::string_view> names;
  for (const ModelParts* const model : series) {
    for (const Part& part : model->parts) names.insert(part.tensor->name);
  }
  std::uint64_t in_all = 0;
  for (const Part& part : series.front()->parts) {
    SharedPart found{.first = &part};
    bool weights = true;
    for (const ModelParts* const model : series) {
      const Part* const other = model->Find(part.tensor->name);
      if (other == nullptr || other->tensor->shape != part.tensor->shape) break;
      found.tensors.push_back(other->tensor);
      weights = weights && HoldsWeights(*model, *other->tensor);
    }
    if (found.tensors.size() < series.size()) continue;
    ++in_all;
    if (weights) {
      shared.parts.push_back(std::move(found));
    } else {
      shared.left_out.push_back({part.tensor->name, "stored as codes of a quantisation"});
    }
  }
  shared.not_in_all = names.size() - in_all;
  return shared;
}

// Sums of squares and products of n checkpoints.
struct DriftSums {
  explicit DriftSums(std::size_t n) : squares(n), steps(n - 1), totals(n - 1), products(n - 2) {}

  void Add(const DriftSums& other) {
    const auto add = [](std::vector<double>& to, const std::vector<double>& from) {
      for (std::size_t i = 0; i < to.size(); ++i) to[i] += from[i];
    };
    add(squares, other.squares);
    add(steps, other.steps);
    add(totals, other.totals);
    add(products, other.products);
    finite = finite && other.finite;
  }

  // Products are no larger than squares.
  bool usable() const {
    const auto in_range = [](const std::vector<double>& sums) {
      return std::ranges::all_of(sums, [](double sum) { return sum < kLargestSum; });
    };
    return finite && in_range(squares) && in_range(steps) && in_range(totals);
  }

  std::vector<double> squares;   // |S_k|^2
  std::vector<double> steps;     // |S_{k+1} - S_k|^2
  std::vector<double> totals;    // |S_{k+1} - S_1|^2
  std::vector<double> products;  // <S_{k+2} - S_{k+1}, S_{k+1} - S_k>
  bool finite = true;            // all values are
};

// Of `count` elements of all checkpoints; values[k][i].
DriftSums SumsOfBlock(const std::vector<std::vector<double>>& values, std::uint64_t count) {
  const std::size_t n = values.size();
  DriftSums sums(n);
  double zeros = 0;  // or NaN
  for (std::size_t k = 0; k < n; ++k) {
    const double* const own = values[k].data();
    const double* const before = values[k > 0 ? k - 1 : 0].data();
    const double* const before_that = values[k > 1 ? k - 2 : 0].data();
    const double* const first = values[0].data();
    double square = 0, step = 0, total = 0, product = 0;
    for (std::uint64_t i = 0; i < count; ++i) {
      const double moved = own[i] - before[i], moved_in_all = own[i] - first[i];
      square += own[i] * own[i];
      step += moved * moved;
      total += moved_in_all * moved_in_all;
      product += moved * (before[i] - before_that[i]);
      zeros += own[i] * 0.0;
    }
    sums.squares[k] = square;
    if (k > 0) sums.steps[k - 1] = step;
    if (k > 0) sums.totals[k - 1] = total;
    if (k > 1) sums.products[k - 2] = product;
  }
  sums.finite = zeros == 0;
  return sums;
}

// Of a range of elements.
struct Job {
  std::size_t part;
  std::uint64_t begin, count;
};

std::vector<Job> JobsOf(const std::vector<SharedPart>& parts) {
  std::vector<Job> jobs;
  for (std::size_t p = 0; p < parts.size(); ++p) {
    const std::uint64_t elements = parts[p].first->tensor->elements;
    for (std::uint64_t begin = 0; begin < elements; begin += kElementsOfJob) {
      jobs.push_back({p, begin, std::min(kElementsOfJob, elements - begin)});
    }
  }
  return jobs;
}

DriftSums SumsOfJob(const Series& series, const SharedPart& part, const Job& job) {
  std::vector<TensorReader> readers;
  readers.reserve(series.size());
  for (std::size_t k = 0; k < series.size(); ++k) {
    readers.emplace_back(series[k]->checkpoint, *part.tensors[k]);
  }
  DriftSums sums(series.size());
  std::vector<std::byte> scratch;
  std::vector<std::vector<double>> values(series.size(), std::vector<double>(kElementsOfBlock));
  for (std::uint64_t done = 0, now = 0; done < job.count; done += now) {
    now = std::min(kElementsOfBlock, job.count - done);
    for (std::size_t k = 0; k < series.size(); ++k) {
      const auto bytes = readers[k].Read(job.begin + done, now, scratch);
      DecodeToDouble(readers[k].dtype(), bytes.data(), now, values[k].data());
    }
    sums.Add(SumsOfBlock(values, now));
  }
  for (const TensorReader& reader : readers) reader.RequireNothingLost();
  return sums;
}

std::uint64_t StoredBytes(const SharedPart& part, std::uint64_t elements) {
  std::uint64_t bytes = 0;
  for (const Tensor* const tensor : part.tensors) bytes += elements * BitWidth(tensor->dtype) / 8;
  return bytes;
}

// One for each part, from jobs in order.
std::vector<DriftSums> SumsOfParts(const Series& series, const std::vector<SharedPart>& parts,
                                   unsigned threads, Progress& progress) {
  const std::vector<Job> jobs = JobsOf(parts);
  std::vector<DriftSums> of_jobs(jobs.size(), DriftSums(series.size()));
  ParallelFor(threads, jobs.size(), [&](std::size_t i, unsigned) {
    of_jobs[i] = SumsOfJob(series, parts[jobs[i].part], jobs[i]);
    progress.Advance(StoredBytes(parts[jobs[i].part], jobs[i].count));
  });
  std::vector<DriftSums> sums(parts.size(), DriftSums(series.size()));
  for (std::size_t i = 0; i < jobs.size(); ++i) sums[jobs[i].part].Add(of_jobs[i]);
  return sums;
}

// Parts whose profile is one.
struct Group {
  explicit Group(std::size_t n) : sums(n) {}
  void Add(const SharedPart& part, const DriftSums& of_part) {
    ++tensors;
    elements += part.first->tensor->elements;
    sums.Add(of_part);
  }
  DriftSums sums;
  std::uint64_t tensors = 0, elements = 0;
};

std::optional<double> Ratio(double above, double below) {
  return below > 0 ? std::optional(above / below) : std::nullopt;
}

std::optional<double> StillMoving(const std::vector<std::optional<double>>& drifts) {
  double largest = 0;
  for (const auto& drift : drifts) {
    if (!drift) return std::nullopt;
    largest = std::max(largest, *drift);
  }
  return Ratio(*drifts.back(), largest);
}

DriftProfile ProfileOf(const Group& group, std::optional<std::uint32_t> layer) {
  const DriftSums& sums = group.sums;
  DriftProfile profile{.layer = layer, .tensors = group.tensors, .elements = group.elements};
  for (const double square : sums.squares) profile.norms.push_back(std::sqrt(square));
  for (std::size_t k = 0; k < sums.steps.size(); ++k) {
    profile.steps.push_back(std::sqrt(sums.steps[k]));
    profile.drifts.push_back(Ratio(profile.steps[k], profile.norms[k]));
    profile.total_drifts.push_back(Ratio(std::sqrt(sums.totals[k]), profile.norms[0]));
  }
  for (std::size_t k = 0; k < sums.products.size(); ++k) {
    const double norms = profile.steps[k] * profile.steps[k + 1];
    auto cosine = Ratio(sums.products[k], norms);
    if (cosine) cosine = std::clamp(*cosine, -1.0, 1.0);
    profile.update_cosines.push_back(cosine);
  }
  profile.still_moving = StillMoving(profile.drifts);
  return profile;
}

std::vector<std::uint32_t> ByLastDrift(const std::vector<DriftProfile>& layers) {
  std::vector<const DriftProfile*> moved;
  for (const DriftProfile& layer : layers) {
    if (layer.drifts.back().value_or(0) > 0) moved.push_back(&layer);
  }
  std::ranges::stable_sort(moved, std::greater<>(),
                           [](const DriftProfile* layer) { return *layer->drifts.back(); });
  std::vector<std::uint32_t> numbers;
  numbers.reserve(moved.size());
  for (const DriftProfile* const layer : moved) numbers.push_back(*layer->layer);
  return numbers;
}

std::vector<SameCheckpoint> Repeated(const DriftSums& sums) {
  std::vector<SameCheckpoint> repeated;
  std::vector<std::size_t> first_of(sums.squares.size(), 0);
  for (std::size_t k = 1; k < first_of.size(); ++k) {
    const bool as_before = sums.steps[k - 1] == 0, as_first = sums.totals[k - 1] == 0;
    first_of[k] = as_before ? first_of[k - 1] : as_first ? 0 : k;
    if (first_of[k] != k) repeated.push_back({.checkpoint = k, .same_as = first_of[k]});
  }
  return repeated;
}

void RequireSeries(const Series& series) {
  if (series.size() < kFewestCheckpoints) {
    throw Error(ErrorKind::kUsage, fmt::format("a training run is followed over {} checkpoints or "
                                               "more",
                                               kFewestCheckpoints));
  }
}

}  // namespace

std::uint64_t FollowTrainingBytes(const std::vector<const ModelParts*>& checkpoints) {
  RequireSeries(checkpoints);
  std::uint64_t bytes = 0;
  for (const SharedPart& part : FindShared(checkpoints).parts) {
    bytes += StoredBytes(part, part.first->tensor->elements);
  }
  return bytes;
}

TrainingDynamics FollowTraining(const std::vector<const ModelParts*>& checkpoints, unsigned threads,
                                Progress& progress) {
  RequireSeries(checkpoints);
  const std::size_t n = checkpoints.size();
  SharedParts shared = FindShared(checkpoints);
  const std::vector<DriftSums> sums = SumsOfParts(checkpoints, shared.parts, threads, progress);
  TrainingDynamics dynamics{.not_in_all = shared.not_in_all,
                            .left_out = std::move(shared.left_out)};
  std::map<std::uint32_t, Group> layers;
  Group outside(n), all(n);
  for (std::size_t p = 0; p < shared.parts.size(); ++p) {
    const SharedPart& part = shared.parts[p];
    if (!sums[p].usable()) {
      dynamics.left_out.push_back(
          {part.first->tensor->name,
           sums[p].finite ? "squares beyond the range of doubles" : "values that are not finite"});
      continue;
    }
    const auto layer = part.first->layer;
    (layer ? layers.try_emplace(*layer, n).first->second : outside).Add(part, sums[p]);
    all.Add(part, sums[p]);
  }
  for (const auto& [number, group] : layers) dynamics.layers.push_back(ProfileOf(group, number));
  if (outside.tensors > 0) dynamics.outside = ProfileOf(outside, std::nullopt);
  dynamics.all = ProfileOf(all, std::nullopt);
  dynamics.by_last_drift = ByLastDrift(dynamics.layers);
  const bool all_compared = dynamics.not_in_all == 0 && dynamics.left_out.empty();
  if (all_compared && all.tensors > 0) dynamics.repeated = Repeated(all.sums);
  return dynamics;
}

}  // namespace modelkin
