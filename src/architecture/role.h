// What a tensor does in a model, what it is part of, and what its axes run over. Names are those of
// a Llama-like decoder, which NamedByRole gives the tensors of all families.
#ifndef MODELKIN_ARCHITECTURE_ROLE_H_
#define MODELKIN_ARCHITECTURE_ROLE_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace modelkin {

// What a tensor is part of.
enum class ModuleKind : std::uint8_t {
  kEmbedding,          // of tokens, patches or frames
  kPositionEmbedding,  // and of token types
  kAttention,
  kIndexer,          // that chooses which tokens attention is to
  kLinearAttention,  // with a state in place of past keys and values
  kStateSpace,       // Mamba
  kConvolution,      // over a few tokens
  kDenseMlp,
  kRouter,
  kSharedExperts,
  kRoutedExperts,
  kNorm,
  kHead,
  kPooler,                // of outputs, or what joins neighbouring patches
  kResidualMixing,        // of several residual streams, or of what each layer knows of tokens
  kMultiTokenPrediction,  // all of a layer that predicts further tokens
  kScale,                 // of quantised weights: no parameters of the model
  kBuffer,                // constants that are stored, such as masks: no parameters either
  kOther,                 // not explained
};
inline constexpr std::size_t kModuleKindCount = 19;

// "embedding", "routed_experts"
std::string_view ModuleKindName(ModuleKind module);

// What a tensor does. Weight and bias of a module have the same role.
enum class Role : std::uint8_t {
  kEmbedding,
  kPositionEmbedding,
  kTokenTypeEmbedding,
  kEmbeddingNorm,
  kFinalNorm,
  kHead,

  // Norms of a layer. Those before attention and MLP are on the way in; those of outputs scale
  // what is added to the residual stream, or what comes of the sum.
  kAttentionNorm,
  kAttentionOutputNorm,
  kMlpNorm,
  kGemmaMlpNorm,  // where nothing says that a checkpoint is Gemma's, and kMlpNorm another one's
  kMlpOutputNorm,

  kQuery,
  kKey,
  kValue,
  kQueryKeyValue,  // all three, fused
  kAttentionOutput,
  kQueryNorm,  // of heads
  kKeyNorm,
  kSinks,
  // Latent attention: to a low rank, and back up from it.
  kQueryDown,
  kQueryDownNorm,
  kQueryUp,
  kKeyValueDown,
  kKeyValueDownNorm,
  kKeyValueUp,

  kRouter,
  kRouterCorrection,  // takes part in the choice of experts, not in their weights
  // Of a dense MLP, of shared experts or of one expert, as the module says.
  kGate,
  kUp,
  kGateUp,  // both, fused
  kDown,

  // Known in part: by where they stand, or by what others call them.
  kOtherAttentionInput,   // queries, keys or values of another attention than a layer's own
  kOtherAttentionOutput,  // of such
  kOtherAttention,
  kOtherMlp,
  kOtherNorm,
  kUnknown,
  // After kUnknown, whose number sketches hold. Of what mixes tokens in place of attention:
  kMixerInput,      // from the residual stream
  kMixerOutput,     // to it
  kOutputGate,      // of attention's heads, before they are put together
  kPatchEmbedding,  // of an image, or of frames of sound
};
inline constexpr std::size_t kRoleCount = static_cast<std::size_t>(Role::kPatchEmbedding) + 1;

// What an axis of a tensor runs over.
enum class Axis : std::uint8_t {
  kResidual,  // coordinates of the residual stream
  kUnits,     // hidden units of an MLP
  kHeads,     // attention heads, each with its dimensions
  kExperts,
  kTokens,
  kPositions,
  kOther,
};

// Of a role that is known by its name.
struct RoleEntry {
  Role role;
  // The module below its layer, or below the model: "self_attn.q_proj". Of an MLP's parts, below
  // the MLP: "gate_proj". The tensors are "MODULE.weight" and "MODULE.bias".
  std::string_view module;
  // Of the weight, outermost first; the bias has the first of them.
  std::array<Axis, 2> axes;
  bool is_norm = false;
  // The module's name is the tensor's: no ".weight" follows.
  bool is_tensor = false;
};

// In the order of the enumeration, up to kDown; then patches.
inline constexpr std::array<RoleEntry, 32> kNamedRoles = {{
    {Role::kEmbedding, "embed_tokens", {Axis::kTokens, Axis::kResidual}},
    {Role::kPositionEmbedding, "embed_positions", {Axis::kPositions, Axis::kResidual}},
    {Role::kTokenTypeEmbedding, "embed_token_types", {Axis::kOther, Axis::kResidual}},
    {Role::kEmbeddingNorm, "embed_norm", {Axis::kResidual, Axis::kOther}, true},
    {Role::kFinalNorm, "norm", {Axis::kResidual, Axis::kOther}, true},
    {Role::kHead, "lm_head", {Axis::kTokens, Axis::kResidual}},
    {Role::kAttentionNorm, "input_layernorm", {Axis::kResidual, Axis::kOther}, true},
    {Role::kAttentionOutputNorm,
     "attention_output_layernorm",
     {Axis::kResidual, Axis::kOther},
     true},
    {Role::kMlpNorm, "post_attention_layernorm", {Axis::kResidual, Axis::kOther}, true},
    {Role::kGemmaMlpNorm, "pre_feedforward_layernorm", {Axis::kResidual, Axis::kOther}, true},
    {Role::kMlpOutputNorm, "mlp_output_layernorm", {Axis::kResidual, Axis::kOther}, true},
    {Role::kQuery, "self_attn.q_proj", {Axis::kHeads, Axis::kResidual}},
    {Role::kKey, "self_attn.k_proj", {Axis::kHeads, Axis::kResidual}},
    {Role::kValue, "self_attn.v_proj", {Axis::kHeads, Axis::kResidual}},
    {Role::kQueryKeyValue, "self_attn.qkv_proj", {Axis::kHeads, Axis::kResidual}},
    {Role::kAttentionOutput, "self_attn.o_proj", {Axis::kResidual, Axis::kHeads}},
    {Role::kQueryNorm, "self_attn.q_norm", {Axis::kHeads, Axis::kOther}, true},
    {Role::kKeyNorm, "self_attn.k_norm", {Axis::kHeads, Axis::kOther}, true},
    {Role::kSinks, "self_attn.sinks", {Axis::kHeads, Axis::kOther}, false, true},
    {Role::kQueryDown, "self_attn.q_a_proj", {Axis::kOther, Axis::kResidual}},
    {Role::kQueryDownNorm, "self_attn.q_a_layernorm", {Axis::kOther, Axis::kOther}, true},
    {Role::kQueryUp, "self_attn.q_b_proj", {Axis::kHeads, Axis::kOther}},
    {Role::kKeyValueDown, "self_attn.kv_a_proj_with_mqa", {Axis::kOther, Axis::kResidual}},
    {Role::kKeyValueDownNorm, "self_attn.kv_a_layernorm", {Axis::kOther, Axis::kOther}, true},
    {Role::kKeyValueUp, "self_attn.kv_b_proj", {Axis::kHeads, Axis::kOther}},
    {Role::kRouter, "mlp.gate", {Axis::kExperts, Axis::kResidual}},
    {Role::kRouterCorrection,
     "mlp.gate.e_score_correction_bias",
     {Axis::kExperts, Axis::kOther},
     false,
     true},
    {Role::kGate, "gate_proj", {Axis::kUnits, Axis::kResidual}},
    {Role::kUp, "up_proj", {Axis::kUnits, Axis::kResidual}},
    {Role::kGateUp, "gate_up_proj", {Axis::kUnits, Axis::kResidual}},
    {Role::kDown, "down_proj", {Axis::kResidual, Axis::kUnits}},
    // Further axes: channels, frames, rows and columns of a patch.
    {Role::kPatchEmbedding, "embed_patches", {Axis::kResidual, Axis::kOther}},
}};
static_assert(
    [] {
      for (std::size_t i = 0; i + 1 < kNamedRoles.size(); ++i) {
        if (static_cast<std::size_t>(kNamedRoles[i].role) != i) return false;
      }
      return kNamedRoles.back().role == Role::kPatchEmbedding;
    }(),
    "roles are looked up by their number");

// Null of roles that are known in part only.
constexpr const RoleEntry* EntryOf(Role role) {
  const auto index = static_cast<std::size_t>(role);
  if (role == Role::kPatchEmbedding) return &kNamedRoles.back();
  return index + 1 < kNamedRoles.size() ? &kNamedRoles[index] : nullptr;
}

// "self_attn.q_proj", "gate_proj"; of a role that has an entry.
constexpr std::string_view ModuleOf(Role role) { return EntryOf(role)->module; }

constexpr bool IsNorm(Role role) {
  const RoleEntry* const entry = EntryOf(role);
  return entry != nullptr ? entry->is_norm : role == Role::kOtherNorm;
}

// Norms over a part of the vector that a head or a low rank is.
constexpr bool IsNormOfHeads(Role role) {
  return role == Role::kQueryNorm || role == Role::kKeyNorm;
}

// Whether it is one of those of a layer's own attention.
constexpr bool IsSelfAttention(Role role) {
  return (Role::kQuery <= role && role <= Role::kKeyValueUp) || role == Role::kOtherAttention ||
         role == Role::kOutputGate;
}

// Whether it is one of an MLP's own: not the router.
constexpr bool IsOfMlp(Role role) {
  return (Role::kGate <= role && role <= Role::kDown) || role == Role::kOtherMlp;
}

}  // namespace modelkin

#endif  // MODELKIN_ARCHITECTURE_ROLE_H_
