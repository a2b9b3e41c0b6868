// What tables of encoders are put together from: stacks of modules that differ in names and in
// which of them have biases.
#ifndef MODELKIN_ARCHITECTURE_FAMILIES_ENCODER_PARTS_H_
#define MODELKIN_ARCHITECTURE_FAMILIES_ENCODER_PARTS_H_

#include <string>
#include <string_view>
#include <vector>

#include "architecture/families/parts.h"

namespace modelkin::families {

// Of a module's bias, beside a flag's name.
inline constexpr std::string_view kNoBias = "no bias", kWithBias = {};

// A module: its weight, and its bias if it has one.
struct ModuleRow {
  std::string_view stored;  // what follows the layer's number: "self_attn.out_proj"
  // What a Llama-like decoder calls it; "" for what that has none of. "q_proj|k_proj|v_proj" for
  // several that are stored as one, one above the other. What has more than two axes, such as a
  // convolution over patches, goes by its name as a matrix.
  std::string_view named;
  std::string_view rows;     // of each of those
  std::string_view columns;  // and further axes; "" of a norm
  ModuleKind module;
  std::string_view bias = kWithBias;
  std::string_view when = {};  // a flag
};

using ModuleRows = std::vector<ModuleRow>;

struct Table {
  Tensors tensors;
  Views views;
};

// Where modules are stored, and where a Llama-like decoder has its own.
struct Place {
  std::string stored, named;
  Where where = Where::kEveryLayer;
};

// In every layer: Layers("encoder.layers") is at "encoder.layers.{L}." and "model.layers.{L}.".
Place Layers(std::string_view stored, Where where = Where::kEveryLayer);
Place Once(std::string_view stored);  // "encoder." and "model."

Table Modules(const Place& place, const ModuleRows& rows);
Table Joined(const std::vector<Table>& tables);
Table Optional(Table table);  // the same, of tensors that only some checkpoints have

// A norm of the residual stream.
ModuleRow NormRow(std::string_view stored, std::string_view named,
                  std::string_view bias = kWithBias);
// From the residual stream into an MLP, and back.
ModuleRow UpRow(std::string_view stored, std::string_view named, std::string_view bias = kWithBias,
                std::string_view when = {});
ModuleRow DownRow(std::string_view stored, std::string_view bias = kWithBias,
                  std::string_view when = {});
// Queries, keys and values of as many heads as the residual stream is wide; the output.
ModuleRows AttentionRows(const std::vector<std::string_view>& stored,
                         std::string_view bias = kWithBias);
ModuleRows FusedAttentionRows(std::string_view fused, std::string_view output,
                              std::string_view bias = kWithBias,
                              std::string_view output_bias = kWithBias);

// A tensor that is no module's weight.
Table Single(std::string_view stored, std::string_view shape, ModuleKind module,
             std::string_view named = {}, std::string_view when = {});

// Keeps a name that a table puts together for as long as the program runs.
std::string_view Kept(std::string name);

std::vector<Family> TextEncoders();         // BERT, DistilBERT, MPNet, ModernBERT, ELECTRA, DeBERTa
std::vector<Family> EncoderDecoders();      // T5, and Whisper's two halves
std::vector<Family> ImageTextEncoders();    // SigLIP, CLIP, and what has their towers
std::vector<Family> VisionEncoders();       // ViT, DINOv2, InternViT, Pixtral, Gemma 4, Llama 4
std::vector<Family> LaterVisionEncoders();  // DINOv3, Llama 3.2
std::vector<Family> MergingVisionEncoders();  // of Qwen, GLM and Kimi, which merge patches
std::vector<Family> AudioEncoders();          // Whisper's, and those that came of it
std::vector<Family> ConformerEncoders();      // of sound, of Gemma

}  // namespace modelkin::families

#endif  // MODELKIN_ARCHITECTURE_FAMILIES_ENCODER_PARTS_H_
