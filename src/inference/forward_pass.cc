#include "inference/forward_pass.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <deque>
#include <utility>

#include "base/error.h"
#include "base/parallel.h"
#include "inference/image_encoder.h"

namespace modelkin {
namespace {

// Tokens of the vocabulary whose scores are computed in one go.
constexpr std::size_t kHeadRows = 8192;

bool AllFinite(const Activations& x) {
  // NaN and infinity make the sum of x - x NaN; sums of zeros are zero.
  float sum = 0;
  for (const float value : x.values) sum += value - value;
  return sum == 0;
}

// Says where a value that is not finite came from.
[[noreturn]] void FailForValue(const RunnableModel& model,
                               const std::optional<Weights::BadValue>& bad,
                               std::string_view where) {
  const Weights& weights = model.weights();
  if (!bad) {
    throw Error(ErrorKind::kBadInput,
                fmt::format("values become NaN or infinite in {}, though its weights are finite: "
                            "they exceed what a 32-bit float holds",
                            where),
                {.file = model.opened().path(), .tensor = "", .offset_bytes = {}});
  }
  throw Error(
      ErrorKind::kBadInput,
      fmt::format("element {} is NaN or infinite, and values become so in {}", bad->element, where),
      {.file = weights.checkpoint().SourceOf(*bad->tensor).label(),
       .tensor = bad->tensor->stored_name(),
       .offset_bytes = bad->offset_bytes});
}

[[noreturn]] void FailForValue(const RunnableModel& model, std::string_view prefix,
                               std::string_view where) {
  FailForValue(model, model.weights().FindBadValue(prefix), where);
}

// Of the embedding matrix only the batch's rows count. The others that took part are of any name.
[[noreturn]] void FailForEmbedding(const RunnableModel& model, const Batch& batch) {
  const Weights& weights = model.weights();
  if (batch.patches.rows > 0) FailForValue(model, "", "the embedding");
  const Tensor* const matrix = weights.checkpoint().Find(model.family().EmbeddingName(weights));
  auto bad = weights.FindBadRow(*matrix, batch.ids);
  if (!bad) bad = weights.FindBadValue("", matrix);
  FailForValue(model, bad, "the embedding");
}

// A batch's cosines and sines, made once for all layers that rotate alike.
class RotaryTables {
 public:
  explicit RotaryTables(const Batch& batch) : batch_(batch) {}

  const RotaryTable& For(const std::optional<RotaryParameters>& rotary) {
    if (!rotary) return none_;
    for (const auto& [parameters, table] : made_) {
      if (parameters == *rotary) return table;
    }
    return made_.emplace_back(*rotary, MakeRotaryTable(*rotary, batch_)).second;
  }

 private:
  const Batch& batch_;
  RotaryTable none_;
  std::deque<std::pair<RotaryParameters, RotaryTable>> made_;  // stay where they are
};

std::string_view PrefixOf(std::string_view name) { return name.substr(0, name.rfind('.')); }

// The embedding and the first `count` layers, without the last norm.
Activations PassLayers(const RunnableModel& model, const Batch& batch, std::size_t count,
                       ModelCache* cache, PassObserver& observer, Progress& progress) {
  const Weights& weights = model.weights();
  const FamilyModel& family = model.family();
  std::vector<std::string> prefixes;
  std::vector<std::uint64_t> bytes;
  std::uint64_t total = 0;
  for (std::size_t i = 0; i < count; ++i) {
    prefixes.push_back(LayerPrefix(i));
    bytes.push_back(weights.StoredBytes(prefixes.back()));
    total += bytes.back();
  }
  progress.Begin("running layers", total);
  if (cache != nullptr) cache->resize(model.layers());
  RotaryTables tables(batch);
  const auto of_patches =
      family.images() == nullptr ? std::optional<RotaryTable>() : family.images()->Rotation(batch);

  weights.ReadAhead(prefixes.front());
  Activations hidden = family.Embed(weights, batch);
  if (!AllFinite(hidden)) FailForEmbedding(model, batch);
  observer.Hidden(0, hidden);
  for (std::size_t i = 0; i < prefixes.size(); ++i) {
    // The next layer, or the head, is read while this one computes.
    if (i + 1 < prefixes.size()) {
      weights.ReadAhead(prefixes[i + 1]);
    } else if (i + 1 == model.layers() && family.has_head()) {
      weights.ReadAhead(family.HeadName(weights));
    }
    const LayerPass pass{.weights = weights,
                         .layer = i,
                         .batch = batch,
                         .rotary = of_patches ? *of_patches : tables.For(family.rotary_of(i)),
                         .cache = cache == nullptr ? nullptr : &(*cache)[i],
                         .observer = observer};
    family.RunLayer(pass, hidden);
    if (!AllFinite(hidden)) FailForValue(model, prefixes[i], fmt::format("layer {}", i));
    observer.Hidden(i + 1, hidden);
    progress.Advance(bytes[i]);
  }
  return hidden;
}

}  // namespace

void RequireFits(const RunnableModel& model, const Batch& batch, bool beyond_context) {
  const bool images = batch.patches.rows > 0;
  if (!batch.texts.empty() && images != (model.family().images() != nullptr)) {
    throw Error(ErrorKind::kUsage,
                images ? "the model takes texts, not images" : "the model takes images, not texts");
  }
  if (images) return model.family().images()->RequireFits(batch);
  const auto context = model.context();
  const bool stored_positions = !model.family().rotary();
  for (std::size_t i = 0; i < batch.texts.size(); ++i) {
    const TextRows& text = batch.texts[i];
    const auto fail = [&](std::string_view problem) {
      throw Error(ErrorKind::kUsage, fmt::format("text {} {}", i + 1, problem));
    };
    if (text.length() == 0) fail("has no tokens");
    for (std::size_t row = 0; row < text.rows; ++row) {
      const std::uint64_t id = batch.ids[text.first + row];
      if (id >= model.vocabulary()) {
        fail(fmt::format("has token id {} at position {}, and the vocabulary ends at {}", id,
                         text.past + row, model.vocabulary() - 1));
      }
    }
    if (context && text.length() > *context && (stored_positions || !beyond_context)) {
      fail(fmt::format("has {} tokens, and the model's context is {}{}", text.length(), *context,
                       stored_positions ? "" : " (--beyond-context runs it all the same)"));
    }
  }
}

void RequireFinite(const RunnableModel& model, const Activations& values, std::string_view where) {
  if (!AllFinite(values)) FailForValue(model, "", where);
}

Activations RunLayers(const RunnableModel& model, const Batch& batch, ModelCache* cache,
                      PassObserver& observer, Progress& progress) {
  Activations hidden = model.family().FinalNorm(
      model.weights(), PassLayers(model, batch, model.layers(), cache, observer, progress));
  if (!AllFinite(hidden)) FailForValue(model, ModuleOfModel(Role::kFinalNorm), "the last norm");
  return hidden;
}

void RunFirstLayers(const RunnableModel& model, const Batch& batch, std::size_t count,
                    PassObserver& observer, Progress& progress) {
  static_cast<void>(PassLayers(model, batch, count, nullptr, observer, progress));
}

void ForLogits(const RunnableModel& model, const Activations& rows,
               const std::function<void(std::size_t, const Activations&)>& take) {
  const Weights& weights = model.weights();
  const FamilyModel& family = model.family();
  const std::string name = family.HeadName(weights);
  const Tensor& head = weights.RequireColumns(name, rows.columns);
  const std::size_t vocabulary = head.shape[0];
  const auto scale = static_cast<float>(family.logit_scale());
  const auto cap = static_cast<float>(family.logit_soft_cap());
  std::vector<float> bias;
  if (family.has_head_bias()) bias = weights.Vector(TensorOfModel(Role::kHead, true), vocabulary);
  for (std::size_t first = 0; first < vocabulary; first += kHeadRows) {
    const std::size_t count = std::min(kHeadRows, vocabulary - first);
    Activations logits = MultiplyRows(weights, rows, head, first, count, weights.threads());
    for (std::size_t row = 0; row < logits.rows; ++row) {
      float* const values = logits.Row(row);
      for (std::size_t i = 0; i < count; ++i) {
        if (!bias.empty()) values[i] += bias[first + i];
        values[i] *= scale;
        if (cap > 0) values[i] = cap * std::tanh(values[i] / cap);
      }
    }
    if (!AllFinite(logits)) FailForValue(model, PrefixOf(name), "the head");
    take(first, logits);
  }
}

Activations Logits(const RunnableModel& model, const Activations& rows) {
  Activations all;
  ForLogits(model, rows, [&](std::size_t first, const Activations& logits) {
    if (first == 0) {
      const Tensor& head =
          model.weights().RequireColumns(model.family().HeadName(model.weights()), rows.columns);
      all = Activations(rows.rows, head.shape[0]);
    }
    for (std::size_t row = 0; row < rows.rows; ++row) {
      std::copy_n(logits.Row(row), logits.columns, all.Row(row) + first);
    }
  });
  return all;
}

}  // namespace modelkin
