// Model families as data: which tensors a model of the family has, of which shape, and where its
// config.json says so. To add a family: an entry in families/ and a test with a real config.json.
#ifndef MODELKIN_ARCHITECTURE_FAMILY_H_
#define MODELKIN_ARCHITECTURE_FAMILY_H_

#include <cstdint>
#include <string_view>
#include <vector>

#include "architecture/layer_parts.h"
#include "architecture/role.h"
#include "modelkin/component.h"

namespace modelkin {

// In which layers a tensor occurs; "layers" include those of multi-token prediction but for
// kDenseLayers. An encoder-decoder has a second stack, of "decoder_layers": layers of the others
// are then the encoder's.
enum class Where : std::uint8_t {
  kOnce,
  kEveryLayer,
  kDenseLayers,
  kExpertLayers,
  kPredictionLayers,
  kFirstLayer,
  kLaterLayers,  // all but the first
  kDecoderLayers,
  kFirstDecoderLayer,
};

// Experts are stored one tensor each, or fused into one tensor a layer, or fused and packed. A
// checkpoint has one of these. kTogether: either of the latter two.
enum class ExpertStorage : std::uint8_t { kAny, kSeparate, kFused, kPacked, kTogether };

// Whether a tensor of a rule's storage belongs to a checkpoint of another's.
constexpr bool GoesWith(ExpertStorage rule, ExpertStorage checkpoint) {
  if (rule == ExpertStorage::kTogether) return checkpoint != ExpertStorage::kSeparate;
  return rule == ExpertStorage::kAny || rule == checkpoint;
}

struct TensorRule {
  // As stored, with {L} for the layer and {E} for the expert: "model.layers.{L}.mlp.gate.weight".
  std::string_view name;
  // Expressions over sizes, outermost axis first: "heads * head_dim, residual".
  std::string_view shape;
  ModuleKind module;
  Where where = Where::kEveryLayer;
  // A flag that has to be set for the tensor to exist, or "!flag" for one that has not.
  std::string_view when = {};
  ExpertStorage storage = ExpertStorage::kAny;
  // Model parameters per stored element: 2 where a byte packs two 4-bit values, 0 for scales.
  unsigned parameters_per_element = 1;
  // Kept in F32 where the rest is not.
  bool always_f32 = false;
  // Parts of a layer without which it has no such tensor.
  LayerParts needs = {};
  // Files may hold it of layers without these parts as well, which do not use it.
  bool may_idle = false;
  // Some checkpoints have it: heads of a training task. Not counted where config.json alone speaks.
  bool optional = false;
};

// A part of a stored tensor under the name that a Llama-like decoder has for it, so that families
// can be compared part by part.
struct ViewRule {
  std::string_view stored;  // name of a TensorRule
  std::string_view name;    // with {E} where an unfused expert's tensor goes: one view for each
  // The rest is "" where the stored tensor is renamed and no more.
  std::string_view shape = {};
  // In elements, over the family's sizes and "expert", the number of the expert.
  std::string_view offset = "0";
  std::string_view strides = {};     // a list, outermost first; "" for one after the other
  std::string_view dimensions = {};  // that the strides are of, where the shape joins some
  LayerParts needs = {};             // only in layers that have these parts
};

// Where a size is read from.
struct SizeRule {
  std::string_view size;
  // Keys of config.json that give it, the first that is there: "n_routed_experts|num_experts".
  // "#layer_types" is the length of a list or text; "a.b" is the key b of the object a.
  std::string_view keys;
  // What it is without such a key, over other sizes; "" if there has to be one.
  std::string_view fallback = {};
  // What it is where the key holds null; "" if that is the same.
  std::string_view if_null = {};
};

// Where a flag is read from: set if the key holds true, a number that is not 0 or a list that is
// not empty.
struct FlagRule {
  std::string_view flag;
  // The first of these keys that is there: "use_bias|bias"; "" for what every model of the family
  // has.
  std::string_view key;
  bool fallback = false;
  // The key holds a text, and sets the flag if this begins it.
  std::string_view text = {};
  // Two sizes that set the flag if they differ, whatever the key is.
  std::string_view differing = {};
};

// Which layers have experts.
enum class LayerPlan : std::uint8_t {
  kDense,
  kExperts,
  // Layers before "dense_layers" are dense, and by "moe_layer_freq" others.
  kDenseFirst,
  kSparseStep,  // every `expert_step_key`-th has experts, but "mlp_only_layers" are dense
  // From "moe_layer_start_index" to "moe_layer_end_index" every "moe_layer_interval"-th.
  kSparseRange,
  kPeriod,  // those that leave "expert_layer_offset" over by "expert_layer_period"
};

// Whether a layer has an MLP, by its type.
enum class LayerMlp : std::uint8_t { kByPlan, kNone, kDense, kExperts };

// A layer's type, by the words that config.json has for it: "attention|full_attention", or a
// letter of a pattern. "" for any.
struct LayerType {
  std::string_view words;
  LayerParts parts;
  LayerMlp mlp = LayerMlp::kByPlan;
  std::string_view when = {};  // a flag that makes it so, or "!flag"
};

// What a step and an offset stand for where config.json has none.
inline constexpr std::uint64_t kLastOfStep = UINT64_MAX;

// Where config.json says of which type each layer is. Attention has keys of its own but in the last
// layers, as many as the size "layers_sharing_keys" says.
struct LayerTypeRule {
  std::vector<LayerType> types;
  // Keys of a list that has a word or number for each layer, or of a text with a letter for each.
  std::string_view list_keys = {};
  // Without such a list, layers are of the first type, and others of the last, that one of these
  // names: by a list of their numbers ...
  std::string_view numbers_key = {};
  std::uint64_t first_number = 0;  // what it calls the first layer
  // ... or by how many of the first it is, ...
  std::string_view count_key = {};
  std::uint64_t count = 0;
  // ... or by steps: those whose number leaves the offset over.
  std::string_view step_key = {}, offset_key = {};
  std::uint64_t step = 1, offset = kLastOfStep;
};

// What a size is in layers that have some parts, over the sizes of the model.
struct LayerSizeRule {
  std::string_view size;
  LayerParts parts;
  std::string_view value;
  std::string_view when = {};
};

// Which layers attend to a window only, where there is a window and no "layer_types".
enum class WindowPlan : std::uint8_t {
  kNone,
  kAll,
  kEverySecond,
  kAllButEveryNth,  // by `window_period_key`: layers n - 1, 2n - 1, ... see all
  kAllButFirstOfN,  // layers 0, n, 2n, ... do
  kFromLayer,       // from "max_window_layers" on
  kEvenBelowLayer,  // layers 0, 2, ... below "max_window_layers"
};

// Where a layer's norms stand: on the way into attention and MLP, after the sum with the residual,
// around them, or on the way out of them, before the sum.
enum class NormPlace : std::uint8_t { kBefore, kAfter, kAround, kOutputs };

// NOLINTNEXTLINE(clang-analyzer-optin.performance.Padding): in the order in which tables name them
struct Family {
  std::string_view name;
  std::string_view title;
  std::vector<std::string_view> model_types;
  LayerPlan plan;
  std::vector<SizeRule> sizes;
  std::vector<FlagRule> flags;
  std::vector<TensorRule> tensors;
  std::vector<ViewRule> views = {};
  // Keys of config.json of later models of the family, which have tensors that the table lacks.
  std::vector<std::string_view> not_covered = {};
  // Which of a checkpoint's models it describes: the vision encoder of a family is one of its own.
  Component component = Component::kText;

  // For people; "" where there is none.
  std::string_view norm = "RMSNorm";
  std::string_view attention = "grouped-query";
  std::string_view router = {};
  NormPlace norm_place = NormPlace::kBefore;
  WindowPlan window = WindowPlan::kNone;
  bool window_if_told = false;       // only where "use_sliding_window" is true
  std::uint64_t default_window = 0;  // where there is no "sliding_window"; 0 for none
  // Of kAllButEveryNth and kAllButFirstOfN, and what it is without.
  std::string_view window_period_key = "sliding_window_pattern";
  std::uint64_t default_window_period = 6;
  std::string_view expert_step_key = "decoder_sparse_step";  // of kSparseStep
  double default_rotary_share = 1;
  // Of config.json, for the activation function of MLPs, and what it is without.
  std::string_view activation_key = "hidden_act", default_activation = "silu";
  // The key for what scores are divided by the square root of, and its default; "" where that is
  // the size of a head.
  std::string_view score_divisor_key = {};
  double default_score_divisor = 0;
  // The key for what scores are multiplied by, where that is a number of its own.
  std::string_view score_scale_key = {};
  // Weights of a softmax router's choice are made to sum to 1, whatever config.json says.
  bool router_normalises = false;
  // A publication that describes the router, beside what its formula comes from; "" for none.
  std::string_view router_source = {};
  bool rotary = true;
  bool causal = true;  // and so keeps keys and values of past tokens
  // Where layers differ by more than their MLP; without any, all attend and no more.
  std::vector<LayerTypeRule> layer_types = {};
  std::vector<LayerSizeRule> layer_sizes = {};
};

// "n_routed_experts|num_experts" -> both.
std::vector<std::string_view> SplitKeys(std::string_view keys);

// All of them, in order of name.
const std::vector<Family>& Families();

// Those of a component that its "model_type" stands for, in order of name: mostly one, or none.
std::vector<const Family*> FamiliesOf(std::string_view model_type,
                                      Component component = Component::kText);

// The first of them; null if there is none.
const Family* FindFamily(std::string_view model_type, Component component = Component::kText);

}  // namespace modelkin

#endif  // MODELKIN_ARCHITECTURE_FAMILY_H_
