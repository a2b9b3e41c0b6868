#include "inference/generation.h"

#include <algorithm>
#include <limits>
#include <nlohmann/json.hpp>

#include "inference/forward_pass.h"

namespace modelkin {
namespace {

// Texts that grow, and the model's state after what they had before.
class Continuations {
 public:
  Continuations(const RunnableModel& model, const std::vector<std::vector<std::uint64_t>>& texts)
      : model_(model), ids_(texts), past_(texts.size(), 0) {}

  // The next token of each text that `grows`; all of them in one pass over the weights.
  std::vector<std::uint64_t> Next(const std::vector<bool>& grows, bool beyond_context,
                                  Progress& progress) {
    Batch batch;
    for (std::size_t i = 0; i < ids_.size(); ++i) {
      if (grows[i]) ForgetIfStretched(i);
      const std::size_t rows = grows[i] ? ids_[i].size() - past_[i] : 0;
      batch.texts.push_back({.first = batch.ids.size(), .rows = rows, .past = past_[i]});
      batch.ids.insert(batch.ids.end(), ids_[i].end() - static_cast<std::ptrdiff_t>(rows),
                       ids_[i].end());
      past_[i] += rows;
    }
    RequireFits(model_, batch, beyond_context);
    PassObserver nobody;
    const Activations final = RunLayers(model_, batch, &cache_, nobody, progress);
    std::vector<std::uint64_t> tokens = Largest(LastRows(final, batch));
    for (std::size_t i = 0; i < ids_.size(); ++i) {
      if (grows[i]) ids_[i].push_back(tokens[i]);
    }
    return tokens;
  }

  std::size_t length(std::size_t text) const { return ids_[text].size(); }

 private:
  // Keys that were rotated for a shorter text are of no use once the frequencies are others.
  void ForgetIfStretched(std::size_t text) {
    const auto rotary = model_.family().rotary();
    if (!rotary || rotary->scaling != RotaryScaling::kLongRope || past_[text] == 0) return;
    if (InverseFrequencies(*rotary, past_[text]) == InverseFrequencies(*rotary, length(text)) &&
        RotaryMultiplier(*rotary, past_[text]) == RotaryMultiplier(*rotary, length(text))) {
      return;
    }
    for (LayerCache& layer : cache_) {
      layer.keys[text] = {};
      layer.values[text] = {};
    }
    past_[text] = 0;
  }

  // Of texts that have none in this batch, zeros.
  static Activations LastRows(const Activations& final, const Batch& batch) {
    Activations last(batch.texts.size(), final.columns);
    for (std::size_t i = 0; i < batch.texts.size(); ++i) {
      const TextRows& text = batch.texts[i];
      if (text.rows > 0) {
        std::copy_n(final.Row(text.first + text.rows - 1), final.columns, last.Row(i));
      }
    }
    return last;
  }

  // The token of the largest logit for each row.
  std::vector<std::uint64_t> Largest(const Activations& rows) const {
    std::vector<std::uint64_t> tokens(rows.rows, 0);
    std::vector<float> best(rows.rows, -std::numeric_limits<float>::infinity());
    ForLogits(model_, rows, [&](std::size_t first, const Activations& logits) {
      for (std::size_t i = 0; i < logits.rows; ++i) {
        const float* const begin = logits.Row(i);
        const float* const at = std::max_element(begin, begin + logits.columns);
        if (*at <= best[i]) continue;
        best[i] = *at;
        tokens[i] = first + static_cast<std::size_t>(at - begin);
      }
    });
    return tokens;
  }

  const RunnableModel& model_;
  std::vector<std::vector<std::uint64_t>> ids_;
  std::vector<std::size_t> past_;  // tokens that the cache has
  ModelCache cache_;
};

}  // namespace

std::set<std::uint64_t> EndIds(const ModelConfig& config) {
  std::set<std::uint64_t> ends;
  const auto* const value = config.Find("eos_token_id");
  if (value == nullptr) return ends;
  const auto add = [&](const nlohmann::json& id) {
    if (id.is_number_unsigned()) ends.insert(id.get<std::uint64_t>());
  };
  if (value->is_array()) {
    for (const auto& id : *value) add(id);
  } else {
    add(*value);
  }
  return ends;
}

std::vector<std::vector<std::uint64_t>> Generate(
    const RunnableModel& model, const std::vector<std::vector<std::uint64_t>>& texts,
    std::size_t count, const std::set<std::uint64_t>& ends, bool beyond_context, Progress& progress,
    const std::function<void(std::size_t, std::uint64_t)>& told) {
  Continuations continuations(model, texts);
  std::vector<std::vector<std::uint64_t>> added(texts.size());
  std::vector<bool> grows(texts.size(), true);
  const auto context = beyond_context ? std::nullopt : model.context();
  for (std::size_t step = 0; step < count; ++step) {
    if (std::ranges::find(grows, true) == grows.end()) break;
    const auto tokens = continuations.Next(grows, beyond_context, progress);
    for (std::size_t i = 0; i < texts.size(); ++i) {
      if (!grows[i]) continue;
      added[i].push_back(tokens[i]);
      told(i, tokens[i]);
      if (ends.contains(tokens[i])) grows[i] = false;
      // The newest token has to fit as well, to be followed by another.
      if (context && continuations.length(i) > *context) grows[i] = false;
    }
  }
  return added;
}

}  // namespace modelkin
