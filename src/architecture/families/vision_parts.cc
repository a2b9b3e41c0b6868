#include "architecture/families/vision_parts.h"

#include <utility>

namespace modelkin::families {

Sizes VisionSizes(const VisionDefaults& without, std::string_view positions) {
  return {{"residual", "hidden_size", without.residual},
          {"layers", "num_hidden_layers", without.layers},
          {"heads", "num_attention_heads", without.heads},
          {"kv_heads", "", "heads"},
          {"head_dim", "", "residual / heads"},
          {"width", "intermediate_size", without.width},
          {"channels", "num_channels", "3"},
          {"image", "image_size", without.image},
          {"patch", "patch_size", without.patch},
          {"grid", "", "image // patch"},
          {"positions", "", positions}};
}

Family VisionEncoder(std::string_view name, std::string_view title,
                     std::vector<std::string_view> model_types, Sizes sizes, Table table) {
  return {.name = name,
          .title = title,
          .model_types = std::move(model_types),
          .plan = LayerPlan::kDense,
          .sizes = std::move(sizes),
          .flags = {},
          .tensors = std::move(table.tensors),
          .views = std::move(table.views),
          .component = Component::kVision,
          .norm = "LayerNorm with bias",
          .attention = "bidirectional multi-head",
          .default_activation = "gelu",
          .rotary = false,
          .causal = false};
}

Table ClipLayers(std::string_view stored) {
  return Modules(Layers(stored),
                 Join<ModuleRow>({AttentionRows({"self_attn.q_proj", "self_attn.k_proj",
                                                 "self_attn.v_proj", "self_attn.out_proj"}),
                                  {NormRow("layer_norm1", "input_layernorm"),
                                   NormRow("layer_norm2", "post_attention_layernorm"),
                                   UpRow("mlp.fc1", "mlp.up_proj"), DownRow("mlp.fc2")}}));
}

}  // namespace modelkin::families
