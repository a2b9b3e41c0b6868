// What `modelkin explain` has to say about one part of a model: the formula of its kind, its
// numbers and where each comes from, and one token followed through it.
#ifndef MODELKIN_EXPLANATION_EXPLANATION_H_
#define MODELKIN_EXPLANATION_EXPLANATION_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "numeric/dtype.h"
#include "numeric/shape.h"

namespace modelkin {

enum class Topic : std::uint8_t { kRouter, kRope, kGqa, kSwiglu, kEncoder };

// "router", "rope", "gqa", "swiglu", "encoder"
std::string_view TopicName(Topic topic);
// Nothing for another name.
std::optional<Topic> ParseTopic(std::string_view name);

struct Formula {
  std::string kind;   // "sigmoid_with_correction_bias"
  std::string title;  // the same for people
  std::vector<std::string> lines;
  std::vector<std::string> sources;  // publications
};

enum class FactOrigin : std::uint8_t { kConfig, kFamily, kTensor, kComputed };

struct Fact {
  std::string name;   // "experts_per_token"
  std::string label;  // "experts chosen for a token"
  std::variant<bool, std::uint64_t, double, std::string> value;
  FactOrigin origin = FactOrigin::kComputed;
  std::string from;  // the key of config.json, the tensor, or how it is computed
};

struct TensorFact {
  std::string part;         // "router", "gate"
  std::string stored_name;  // in the file; with another shape where `is_part`
  bool is_part = false;
  Shape shape;       // outputs by inputs
  std::string type;  // TypeText
};

// Values of one kind of tensor, in one layer or over all.
struct ValueRange {
  double smallest = 0, mean = 0, largest = 0;
};
struct ValuesOfLayer {
  std::size_t layer = 0;
  ValueRange range;
};
struct RangeFact {
  std::string label;  // "correction bias"
  ValueRange all;
  std::vector<ValuesOfLayer> layers;
};

// Layers [first, last] that are alike: "experts", "dense"; "window of 128", "all".
struct LayerSpan {
  std::size_t first = 0, last = 0;
  std::string kind;
};

struct ExpertRow {
  std::uint32_t expert = 0;
  std::size_t group = 0;
  double logit = 0;
  std::optional<double> score;     // a sigmoid, or a share of all
  std::optional<double> bias;      // of correction
  std::optional<double> choosing;  // what is compared; nothing in a group that is left out
  std::vector<double> picks;       // SparseMixer: shares of its two softmaxes
  std::optional<double> weight;    // of those chosen
  std::optional<double> missed;    // by how much, of those not chosen
};
struct GroupRow {
  double score = 0;  // the sum of its two largest
  bool kept = false;
};
struct RouterWork {
  std::vector<ExpertRow> experts;  // chosen ones by weight, then the others by what is compared
  std::size_t chosen = 0;
  std::vector<GroupRow> groups;  // none where all are kept
  double weight_sum = 0;
};

// One pair of rotating dimensions.
struct PairFrequency {
  double plain = 0, scaled = 0;            // radians a token, without and with the model's scaling
  double plain_turn = 0, scaled_turn = 0;  // tokens for a whole turn
  bool notable = false;                    // first, last, or where the scaling begins or ends
};
struct RotatedPair {
  std::size_t pair = 0;
  std::size_t first_dim = 0, second_dim = 0;  // of the head, as they come in
  double angle = 0, cosine = 0, sine = 0;     // with the multiplier
  double before_first = 0, before_second = 0, after_first = 0, after_second = 0;
};
struct RopeWork {
  std::size_t head = 0;
  double multiplier = 1;  // of cosines and sines
  std::vector<RotatedPair> pairs;
};

struct KeyRow {
  std::size_t position = 0;
  std::uint64_t id = 0;
  double product = 0;          // scale q k
  double score = 0;            // the same below the soft cap
  std::vector<double> shares;  // of the heads of the group, in order
};
struct GqaWork {
  std::size_t head = 0, kv_head = 0;
  std::size_t first_of_group = 0;  // head of the first share in a row
  bool capped = false;
  std::vector<KeyRow> keys;
  std::optional<double> sink;  // its score
  std::vector<double> sink_shares;
};

struct UnitRow {
  std::size_t unit = 0;
  double gate = 0, activated = 0;
  std::optional<double> up;  // nothing without a gate
  double product = 0;
};
struct MlpWork {
  std::string part;  // "mlp.experts.3"
  std::optional<std::uint32_t> expert;
  std::optional<double> weight;  // that the router gives the expert
  std::size_t units = 0;
  std::vector<UnitRow> largest;  // by product
  double share_of_largest = 0;   // of the sum of squared products
  std::size_t small = 0;         // units whose product is below a hundredth of the largest
};

struct Explanation {
  Topic topic = Topic::kRouter;
  std::string family, title;  // "glm4_moe", "GLM-4.5 and later"
  bool present = true;        // whether the model has it; else `formula` is what it has instead
  Formula formula;
  std::vector<Fact> facts;
  std::vector<TensorFact> tensors;
  std::vector<RangeFact> ranges;
  std::vector<LayerSpan> spans;
  std::vector<PairFrequency> frequencies;
  std::vector<std::string> notes;

  // The token followed: nothing where the model does not have the part, and of an encoder.
  std::size_t layer = 0, token = 0;
  std::vector<std::uint64_t> ids;
  std::optional<RouterWork> router;
  std::optional<RopeWork> rope;
  std::optional<GqaWork> gqa;
  std::vector<MlpWork> mlps;
};

}  // namespace modelkin

#endif  // MODELKIN_EXPLANATION_EXPLANATION_H_
