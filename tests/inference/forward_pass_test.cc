// Passes over texts: which texts are taken, threads, batches, names of old files.
#include "inference/forward_pass.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <set>

#include "inference/pass_recorder.h"
#include "inference/stored_model.h"
#include "support/expect_error.h"

namespace modelkin {
namespace forward_pass_test {

using testing::F32Bytes;
using testing::GoldenFolder;
using testing::Ids;
using testing::Normal;
using testing::OpenedModel;
using testing::StoredModel;

std::string RefusalOf(const RunnableModel& model, const std::vector<Ids>& texts,
                      bool beyond_context = false) {
  const Error error = testing::CatchError(
      ErrorKind::kUsage, [&] { RequireFits(model, MakeBatch(texts), beyond_context); });
  return error.message();
}

TEST(RequireFits, TextsThatAreNone) {
  const RunnableModel model(OpenModel(GoldenFolder("llama-plain")), 1);
  EXPECT_NE(RefusalOf(model, {{1}, {}}).find("text 2 has no tokens"), std::string::npos);
  const std::uint64_t end = model.vocabulary();
  EXPECT_NE(RefusalOf(model, {{0, end}}).find(fmt::format("id {} at position 1", end)),
            std::string::npos);
  RefusalOf(model, {{~std::uint64_t{0}}});
  EXPECT_NO_THROW(RequireFits(model, MakeBatch({{0, end - 1}})));
  EXPECT_NO_THROW(RequireFits(model, MakeBatch({})));
}

TEST(RequireFits, TextsBeyondTheContext) {
  const RunnableModel rotary(OpenModel(GoldenFolder("llama-plain")), 1);
  const Ids longer(*rotary.context() + 1, 1);
  EXPECT_NE(RefusalOf(rotary, {longer}).find("--beyond-context"), std::string::npos);
  EXPECT_NO_THROW(RequireFits(rotary, MakeBatch({longer}), true));
  EXPECT_NO_THROW(RequireFits(rotary, MakeBatch({Ids(*rotary.context(), 1)})));
  // Stored positions end.
  for (const char* name : {"gpt2-plain", "bert-plain", "roberta-padding"}) {
    const RunnableModel stored(OpenModel(GoldenFolder(name)), 1);
    RefusalOf(stored, {Ids(*stored.context() + 1, 1)}, true);
    EXPECT_NO_THROW(testing::RunTexts(stored, {Ids(*stored.context(), 1)}));
  }
}

TEST(RunnableModel, ContextOfStretchedPositions) {
  StoredModel stored = testing::ReadStored("llama-plain");
  stored.config["max_position_embeddings"] = 32;
  stored.config["rope_parameters"] = {{"rope_type", "yarn"},
                                      {"rope_theta", 10000},
                                      {"factor", 4},
                                      {"original_max_position_embeddings", 32}};
  EXPECT_EQ(*OpenedModel(stored)->context(), 128U);
  stored.config["rope_parameters"] = {{"rope_type", "linear"}, {"factor", 1e300}};
  EXPECT_EQ(*OpenedModel(stored)->context(), 1'000'000'000'000'000U);
}

TEST(RunLayers, NoTexts) {
  const RunnableModel model(OpenModel(GoldenFolder("mixtral-plain")), 1);
  const Activations rows = testing::RunTexts(model, {});
  EXPECT_EQ(rows.rows, 0U);
  EXPECT_EQ(Logits(model, rows).rows, 0U);
}

// Wide enough for its products to be shared out among threads.
StoredModel WideModel() {
  constexpr std::uint64_t kWidth = 128, kUnits = 192, kTokens = 500, kExperts = 8;
  StoredModel model;
  model.config = {{"model_type", "mixtral"},  {"hidden_size", kWidth},
                  {"num_hidden_layers", 2},   {"num_attention_heads", 4},
                  {"num_key_value_heads", 2}, {"intermediate_size", kUnits},
                  {"vocab_size", kTokens},    {"num_local_experts", kExperts},
                  {"num_experts_per_tok", 2}, {"max_position_embeddings", 512}};
  const auto add = [&](const std::string& name, const std::vector<std::uint64_t>& shape) {
    const std::size_t inputs = shape.size() == 2 ? shape[1] : 1;
    auto values = Normal(shape[0] * inputs, 7 + model.tensors.size(),
                         shape.size() == 2 ? 1.5F / std::sqrt(static_cast<float>(inputs)) : 0.2F);
    if (shape.size() == 1) {
      for (float& value : values) value += 1;
    }
    model.tensors.push_back({name, "F32", shape, F32Bytes(values)});
  };
  add("model.embed_tokens.weight", {kTokens, kWidth});
  add("model.norm.weight", {kWidth});
  add("lm_head.weight", {kTokens, kWidth});
  for (int layer = 0; layer < 2; ++layer) {
    const std::string prefix = fmt::format("model.layers.{}.", layer);
    add(prefix + "input_layernorm.weight", {kWidth});
    add(prefix + "post_attention_layernorm.weight", {kWidth});
    add(prefix + "self_attn.q_proj.weight", {kWidth, kWidth});
    add(prefix + "self_attn.k_proj.weight", {kWidth / 2, kWidth});
    add(prefix + "self_attn.v_proj.weight", {kWidth / 2, kWidth});
    add(prefix + "self_attn.o_proj.weight", {kWidth, kWidth});
    add(prefix + "block_sparse_moe.gate.weight", {kExperts, kWidth});
    for (std::uint64_t expert = 0; expert < kExperts; ++expert) {
      const std::string name = fmt::format("{}block_sparse_moe.experts.{}.", prefix, expert);
      add(name + "w1.weight", {kUnits, kWidth});
      add(name + "w2.weight", {kWidth, kUnits});
      add(name + "w3.weight", {kUnits, kWidth});
    }
  }
  return model;
}

const std::vector<Ids>& LongTexts() {
  static const std::vector<Ids> texts = [] {
    std::vector<Ids> made;
    for (const std::size_t length : {150, 1, 70}) {
      Ids& text = made.emplace_back();
      for (std::size_t i = 0; i < length; ++i) text.push_back((i * 37 + length) % 500);
    }
    return made;
  }();
  return texts;
}

struct Outcome {
  Activations final, logits;
  std::map<std::size_t, RouterChoice> routing;
  std::vector<double> rms;
};

Outcome RunOn(const StoredModel& stored, const std::vector<Ids>& texts, unsigned threads) {
  const OpenedModel model(stored, threads);
  PassRecorder recorder(nullptr);
  Progress silent;
  Outcome outcome;
  outcome.final = RunLayers(*model, MakeBatch(texts), nullptr, recorder, silent);
  outcome.logits = Logits(*model, outcome.final);
  outcome.routing = recorder.routing();
  outcome.rms = recorder.hidden_rms();
  return outcome;
}

TEST(RunLayers, TheSameBitsOnAnyNumberOfThreads) {
  const StoredModel model = WideModel();
  for (const std::vector<Ids>& texts : {LongTexts(), std::vector<Ids>{{5}}}) {
    const Outcome once = RunOn(model, texts, 1);
    for (const unsigned threads : {2, 3, 7}) {
      const Outcome outcome = RunOn(model, texts, threads);
      EXPECT_EQ(outcome.final.values, once.final.values) << threads;
      EXPECT_EQ(outcome.logits.values, once.logits.values) << threads;
      EXPECT_EQ(outcome.rms, once.rms) << threads;
      for (const auto& [layer, choice] : once.routing) {
        EXPECT_EQ(outcome.routing.at(layer).experts, choice.experts);
        EXPECT_EQ(outcome.routing.at(layer).weights, choice.weights);
      }
    }
  }
}

// Sums of a product may run in another order where it has other rows: 1e-6 a product, and two
// layers multiply that.
TEST(RunLayers, ATextAloneAsAmongOthers) {
  const StoredModel model = WideModel();
  const Outcome together = RunOn(model, LongTexts(), 2);
  std::size_t first = 0;
  for (const Ids& text : LongTexts()) {
    const Outcome alone = RunOn(model, {text}, 2);
    for (std::size_t row = 0; row < text.size(); ++row) {
      for (const auto& [layer, choice] : alone.routing) {
        for (std::size_t i = 0; i < 2; ++i) {
          EXPECT_EQ(choice.experts[2 * row + i],
                    together.routing.at(layer).experts[2 * (first + row) + i]);
        }
      }
      const float* const values = together.logits.Row(first + row);
      const std::vector<double> expected(values, values + alone.logits.columns);
      EXPECT_LE(testing::RelativeError(alone.logits.Row(row), expected.data(), expected.size()),
                2e-5);
    }
    first += text.size();
  }
}

// nanoGPT's files are GPT-2's, but for matrices of outputs by inputs and another gelu.
StoredModel AsNanoGpt(StoredModel model, bool bias) {
  model.config["model_type"] = "nanogpt";
  model.config.erase("activation_function");
  model.config["bias"] = bias;
  std::erase_if(model.tensors, [&](const testing::TestTensor& tensor) {
    return !bias && tensor.name.ends_with(".bias");
  });
  for (testing::TestTensor& tensor : model.tensors) {
    if (tensor.name.find(".h.") == std::string::npos || tensor.shape.size() != 2) continue;
    const std::vector<double> values = testing::ValuesOf(tensor);
    std::vector<float> turned;
    for (std::size_t output = 0; output < tensor.shape[1]; ++output) {
      for (std::size_t input = 0; input < tensor.shape[0]; ++input) {
        turned.push_back(static_cast<float>(values[input * tensor.shape[1] + output]));
      }
    }
    std::swap(tensor.shape[0], tensor.shape[1]);
    tensor.bytes = F32Bytes(turned);
  }
  return model;
}

TEST(RunLayers, NanoGptAsGpt2) {
  for (const bool bias : {true, false}) {
    StoredModel gpt2 = testing::ReadStored("gpt2-plain");
    gpt2.config["activation_function"] = "gelu";
    if (!bias) {
      for (testing::TestTensor& tensor : gpt2.tensors) {
        if (tensor.name.ends_with(".bias")) std::ranges::fill(tensor.bytes, '\0');
      }
    }
    const OpenedModel a(gpt2);
    const OpenedModel b(AsNanoGpt(gpt2, bias));
    EXPECT_EQ(b->spec().family->name, "nanogpt");
    const Activations expected = testing::RunTexts(*a, {{1, 2, 3, 4}});
    const Activations rows = testing::RunTexts(*b, {{1, 2, 3, 4}});
    const std::vector<double> values(expected.values.begin(), expected.values.end());
    EXPECT_LE(testing::RelativeError(rows.values.data(), values.data(), values.size()), 1e-6);
  }
}

}  // namespace forward_pass_test
}  // namespace modelkin
