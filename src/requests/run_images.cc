#include "requests/run_images.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <string_view>
#include <utility>

#include "base/error.h"
#include "inference/forward_pass.h"
#include "inference/image_encoder.h"
#include "inference/pass_recorder.h"
#include "storage/npy_array.h"

namespace modelkin {
namespace {

[[noreturn]] void FailRequest(const OpenedModel& model, std::string_view problem) {
  throw Error(ErrorKind::kUsage, problem, {.file = model.path(), .tensor = "", .offset_bytes = {}});
}

double RootMeanSquare(const Activations& rows, const TextRows& of) {
  double squares = 0;
  const std::size_t values = of.rows * rows.columns;
  for (std::size_t i = 0; i < values; ++i) {
    const double value = rows.Row(of.first)[i];
    squares += value * value;
  }
  return std::sqrt(squares / static_cast<double>(values));
}

std::vector<std::vector<double>> CosinesOf(const std::vector<RunImage>& images) {
  std::vector<std::vector<double>> cosines;
  if (images.size() < 2 || images.size() > kMostCosines) return cosines;
  for (const RunImage& a : images) {
    std::vector<double>& row = cosines.emplace_back();
    for (const RunImage& b : images) {
      double sum = 0;
      for (std::size_t i = 0; i < a.embedding.size(); ++i) {
        sum += static_cast<double>(a.embedding[i]) * b.embedding[i];
      }
      row.push_back(std::clamp(sum, -1.0, 1.0));
    }
  }
  return cosines;
}

std::vector<RunImage> DescribeImages(const RunRequest& request, const RunnableModel& model,
                                     const Batch& batch, const EncodedImages& encoded) {
  std::vector<RunImage> images;
  std::size_t first = 0;
  for (std::size_t i = 0; i < batch.texts.size(); ++i) {
    RunImage& image = images.emplace_back();
    image.file = request.images.files[batch.arrays[i]];
    image.grid = batch.grids[i];
    image.final_rms = RootMeanSquare(encoded.final, batch.texts[i]);
    if (!encoded.pooled) {
      image.embedding = MeanDirection(encoded.final, batch.texts[i]);
      continue;
    }
    image.pooled_rows = model.family().images()->PooledRows(image.grid);
    const TextRows pooled{.first = first, .rows = image.pooled_rows, .past = 0};
    image.pooled_rms = RootMeanSquare(*encoded.pooled, pooled);
    image.embedding = MeanDirection(*encoded.pooled, pooled);
    first += image.pooled_rows;
  }
  return images;
}

void KeepArrays(EncodedImages& encoded, const RunnableModel& model, RunResults& results) {
  results.final = std::move(encoded.final);
  results.pooled = std::move(encoded.pooled);
  const std::vector<std::size_t> layers = model.family().images()->tapped_layers();
  for (std::size_t i = 0; i < layers.size(); ++i) {
    results.deepstack.push_back({.layer = layers[i], .rows = std::move(encoded.tapped[i])});
  }
}

}  // namespace

const ModelComponent& ComponentToRun(const RunRequest& request, const OpenedModel& opened) {
  const auto& components = opened.components();
  if (request.images.empty()) return components.front();
  if (request.images.files.empty()) {
    throw Error(ErrorKind::kUsage, "--grid: there is no --image whose patches it would be of");
  }
  if (!request.texts.empty()) {
    throw Error(ErrorKind::kUsage,
                "--image: a run is of images or of texts, and this one is given both");
  }
  const auto found = std::ranges::find(components, Component::kVision, &ModelComponent::kind);
  if (found == components.end()) {
    FailRequest(opened, "has no encoder of images for --image: it takes texts (--text, --ids)");
  }
  return *found;
}

void RequireTaken(const RunRequest& request, const RunnableModel& model) {
  const bool takes_images = model.family().images() != nullptr;
  if (request.images.empty() && takes_images) {
    FailRequest(model.opened(), "is an encoder of images: --image FILE.npy gives it some");
  }
  if (!request.images.empty() && request.generate > 0) {
    FailRequest(model.opened(), "--generate: an encoder of images has no next token");
  }
}

void RunImages(const RunRequest& request, const RunnableModel& model, const Places& places,
               RunObserver* observer, RunResults& results, Progress& progress) {
  std::vector<FloatArray> arrays;
  arrays.reserve(request.images.files.size());
  for (const std::string& file : request.images.files) {
    arrays.push_back(ReadFloatArray(*places.Open(file)));
  }
  const Batch batch = model.family().images()->MakeBatch(arrays, request.images.grids);
  arrays.clear();
  RequireFits(model, batch);
  if (observer != nullptr) observer->Begin(model, batch);
  PassRecorder recorder([&](std::size_t, const Activations& hidden) {
    if (observer != nullptr) observer->TakeHidden(hidden);
    if (request.arrays) results.hidden.push_back(hidden);
  });
  EncodedImages encoded = EncodeImages(model, batch, recorder, progress);
  results.hidden_rms = recorder.hidden_rms();
  results.images = DescribeImages(request, model, batch, encoded);
  results.cosines = CosinesOf(results.images);
  if (observer != nullptr || request.arrays) KeepArrays(encoded, model, results);
  if (observer != nullptr) observer->End(model, batch, results);
}

std::vector<float> MeanDirection(const Activations& rows, const TextRows& of) {
  std::vector<double> sum(rows.columns, 0);
  for (std::size_t row = 0; row < of.rows; ++row) {
    for (std::size_t i = 0; i < sum.size(); ++i) sum[i] += rows.Row(of.first + row)[i];
  }
  double squares = 0;
  for (const double value : sum) squares += value * value;
  std::vector<float> mean;
  mean.reserve(sum.size());
  const double length = squares > 0 ? std::sqrt(squares) : 1;
  for (const double value : sum) mean.push_back(static_cast<float>(value / length));
  return mean;
}

}  // namespace modelkin
