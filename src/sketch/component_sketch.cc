#include "sketch/component_sketch.h"

#include <algorithm>
#include <array>
#include <map>
#include <optional>
#include <span>
#include <utility>

#include "base/parallel.h"
#include "sketch/profiles.h"
#include "sketch/projected_block.h"
#include "sketch/sketch_record.h"
#include "sketch/sketched_matrices.h"
#include "source/sha256.h"

namespace modelkin {
namespace {

// Singular values of more take seconds.
constexpr std::uint64_t kMostSpectrumRows = 2048;

// One layer's matrix, read.
struct LayerBlock {
  std::vector<std::int32_t> codes;
  std::string digest;
  std::optional<Profile<kNormValues>> attention_norm, mlp_norm;
};

std::optional<Profile<kNormValues>> NormOf(const ModelParts& model, std::uint32_t layer, Role role,
                                           SketchReader& reader) {
  const Part* const norm = model.FindInLayer(layer, role);
  if (norm == nullptr || norm->tensor->shape.size() != 1) return std::nullopt;
  return NormProfile(reader.Read(*norm->tensor));
}

// Where no name tells a layer: all vectors of the length that most of them have, in their order.
std::vector<const Part*> NamelessNorms(const ModelParts& model) {
  std::map<std::uint64_t, std::vector<const Part*>> by_length;
  for (const Part& part : model.parts) {
    if (part.tensor->shape.size() == 1) by_length[part.tensor->elements].push_back(&part);
  }
  if (by_length.empty()) return {};
  return std::ranges::max_element(by_length, {}, [](const auto& e) { return e.second.size(); })
      ->second;
}

// Whether the values are a norm's rather than a bias's, as few of those are below 0.
bool IsNormLike(std::span<const float> values) {
  const auto below = std::ranges::count_if(values, [](float value) { return value < 0; });
  return 50 * static_cast<std::size_t>(below) <= values.size();
}

LayerBlock ReadBlock(const ModelParts& model, const SketchedMatrices& chosen,
                     const SketchedMatrix& matrix, SketchReader& reader) {
  std::vector<float> values = reader.Read(
      *matrix.part->tensor, chosen.first_row() * chosen.place.columns, chosen.value_count());
  LayerBlock block;
  Sha256 digest;
  digest.Update(std::as_bytes(std::span(values)));
  block.digest = digest.HexDigest();
  LeaveOutDiagonal(values, chosen.row_count(), chosen.place.columns, chosen.first_row());
  block.codes = CodesOf(values, chosen.row_count(), chosen.place.columns);
  if (chosen.nameless) {
    const std::vector<const Part*> norms = NamelessNorms(model);
    if (matrix.layer < norms.size()) {
      const std::vector<float> norm = reader.Read(*norms[matrix.layer]->tensor);
      if (IsNormLike(norm)) block.attention_norm = NormProfile(norm);
    }
  } else if (chosen.kind == Component::kText) {
    block.attention_norm = NormOf(model, matrix.layer, Role::kAttentionNorm, reader);
    block.mlp_norm = NormOf(model, matrix.layer, Role::kMlpNorm, reader);
  }
  return block;
}

std::optional<ComponentSketch> SketchComponent(const ModelParts& model,
                                               const SketchedMatrices& chosen, SketchReader& reader,
                                               unsigned threads, Progress& progress) {
  std::vector<LayerBlock> blocks(chosen.matrices.size());
  ParallelFor(threads, blocks.size(), [&](std::size_t i, unsigned) {
    blocks[i] = ReadBlock(model, chosen, chosen.matrices[i], reader);
    progress.Advance(1);
  });
  ComponentSketch result{
      .sketch = {.kind = chosen.kind, .place = chosen.place, .nameless = chosen.nameless}};
  std::vector<std::int64_t> sums(chosen.value_count());
  for (std::size_t i = 0; i < blocks.size(); ++i) {
    AddCodes(blocks[i].codes, sums);
    result.digests.push_back(blocks[i].digest);
    if (const auto bits = ProjectLayer(blocks[i].codes)) {
      result.sketch.layers.push_back({.layer = chosen.matrices[i].layer,
                                      .bits = *bits,
                                      .attention_norm = blocks[i].attention_norm,
                                      .mlp_norm = blocks[i].mlp_norm});
    }
  }
  const auto bits = ProjectComponent(sums);
  if (!bits) return std::nullopt;
  result.sketch.bits = *bits;
  result.sketch.effective_values = EffectiveValues(sums, chosen.row_count(), chosen.place.columns);
  return result;
}

// A matrix whose singular values are wanted, with the norm whose output it reads.
struct SpectrumSource {
  const Part* matrix = nullptr;
  const Part* norm = nullptr;  // may be null
};

bool HasSpectrum(const Part* matrix) {
  return matrix != nullptr && matrix->tensor->shape.size() == 2 && matrix->residual_axis() == 1 &&
         std::min(matrix->tensor->shape[0], matrix->tensor->shape[1]) <= kMostSpectrumRows;
}

// Those of the layers of the smallest LayerRank that fit into `budget` bytes.
std::vector<SpectrumSource> SourcesOf(const ModelParts& model, std::span<const Role> roles,
                                      Role norm, std::uint64_t& budget) {
  std::vector<std::uint32_t> layers = model.layers;
  std::erase_if(layers, [](std::uint32_t layer) { return layer > kMostSketchLayerNumber; });
  std::ranges::sort(layers, {}, LayerRank);
  std::vector<SpectrumSource> sources;
  for (const std::uint32_t layer : layers) {
    const Part* matrix = nullptr;
    for (const Role role : roles) {
      if (matrix == nullptr) matrix = model.FindInLayer(layer, role);
    }
    if (!HasSpectrum(matrix)) continue;
    const std::uint64_t bytes = StoredBytesOf(*matrix->tensor, matrix->tensor->elements);
    if (bytes > budget || sources.size() == kMostSpectra) break;
    budget -= bytes;
    sources.push_back({.matrix = matrix, .norm = model.FindInLayer(layer, norm)});
  }
  std::ranges::sort(sources, {}, [](const SpectrumSource& s) { return *s.matrix->layer; });
  return sources;
}

std::vector<SketchedSpectrum> SpectraOf(const std::vector<SpectrumSource>& sources,
                                        SketchReader& reader, unsigned threads,
                                        Progress& progress) {
  std::vector<std::optional<Profile<kSpectrumValues>>> profiles(sources.size());
  ParallelFor(threads, sources.size(), [&](std::size_t i, unsigned) {
    const auto& [matrix, norm] = sources[i];
    const std::size_t rows = matrix->tensor->shape[0], columns = matrix->tensor->shape[1];
    std::vector<float> scales;
    if (norm != nullptr && norm->tensor->elements == columns) scales = reader.Read(*norm->tensor);
    profiles[i] = MatrixProfile(reader.Read(*matrix->tensor), rows, columns, scales);
    progress.Advance(1);
  });
  std::vector<SketchedSpectrum> spectra;
  for (std::size_t i = 0; i < sources.size(); ++i) {
    if (profiles[i]) {
      spectra.push_back({.layer = *sources[i].matrix->layer, .values = *profiles[i]});
    }
  }
  return spectra;
}

}  // namespace

std::vector<ComponentSketch> SketchComponents(const ModelParts& model, SketchReader& reader,
                                              unsigned threads, Progress& progress) {
  constexpr std::array kKeys = {Role::kKey, Role::kKeyValueDown};
  constexpr std::array kRouters = {Role::kRouter};
  const std::vector<SketchedMatrices> chosen = ChooseMatrices(model);
  std::uint64_t budget =
      model.checkpoint.total_bytes() > kLargeModelBytes ? kLargeSpectrumBytes : kSpectrumBytes;
  // Routers first: they are small, and all of a model's differ.
  std::uint64_t for_routers = budget / 2;
  const auto routers = SourcesOf(model, kRouters, Role::kMlpNorm, for_routers);
  budget -= budget / 2 - for_routers;
  const auto keys = SourcesOf(model, kKeys, Role::kAttentionNorm, budget);
  std::uint64_t total = keys.size() + routers.size();
  for (const SketchedMatrices& matrices : chosen) total += matrices.matrices.size();
  progress.BeginCount("sketching", std::max<std::uint64_t>(total, 1), "matrices");
  std::vector<ComponentSketch> sketches;
  for (const SketchedMatrices& matrices : chosen) {
    auto sketch = SketchComponent(model, matrices, reader, threads, progress);
    if (!sketch) continue;
    if (matrices.kind == Component::kText) {
      sketch->sketch.keys = SpectraOf(keys, reader, threads, progress);
      sketch->sketch.routers = SpectraOf(routers, reader, threads, progress);
    }
    sketches.push_back(std::move(*sketch));
  }
  return sketches;
}

}  // namespace modelkin
