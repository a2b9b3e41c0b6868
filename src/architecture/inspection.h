// What a checkpoint is: its tensors told apart by family and config.json, and the one held against
// the other.
#ifndef MODELKIN_ARCHITECTURE_INSPECTION_H_
#define MODELKIN_ARCHITECTURE_INSPECTION_H_

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "architecture/components.h"
#include "architecture/finding.h"
#include "architecture/model_config.h"
#include "architecture/named_parts.h"
#include "architecture/parameter_count.h"
#include "checkpoint/checkpoint.h"
#include "storage/type_mix.h"

namespace modelkin {

// What is stored as one type, bytes with scales and the like.
struct StoredType : TypeUse {
  std::optional<DType> dtype;    // nothing where values are decoded
  std::set<ModuleKind> modules;  // that it occurs in
};

// One of the models that a checkpoint holds.
struct InspectedComponent {
  Component kind = Component::kText;
  std::string prefix;              // ModelComponent::prefix
  std::string model_type;          // of its part of config.json; "" where that has none
  const Family* family = nullptr;  // null: not known
  std::optional<ModelSpec> spec;
  std::uint64_t tensors = 0;
  std::optional<std::uint64_t> bytes;        // stored, or expected
  std::optional<ParameterCount> parameters;  // stored, or expected; nothing where neither is known
  std::optional<ParameterCount> claimed;     // expected by config.json
  // What names alone say; nothing where shapes and a family say more.
  std::optional<NamedParts> named;
};

// Family, spec, layers, cache and active parameters are those of the first component; parameters,
// types and findings are of all.
struct Inspection {
  std::string model;               // as the user named it
  const Family* family = nullptr;  // null: unknown, modules are inferred from names
  std::optional<ModelSpec> spec;   // if family and config.json give one
  std::string model_type;          // "" without config.json, or if it has none
  bool family_inferred = false;    // from tensors: config.json has no "model_type"
  bool stored = false;             // whether there were tensors; else all is config.json's word
  bool names_only = false;         // whether tensors were there by name alone: `stored` is false
  std::uint64_t tensors = 0;
  std::optional<std::uint64_t> bytes;         // stored, or expected by config.json
  ParameterCount parameters;                  // stored, or expected
  std::optional<ParameterCount> claimed;      // expected by config.json
  std::optional<std::uint64_t> active;        // per token
  std::map<std::string, StoredType> by_type;  // by TypeText
  // Of all that is stored: scales and the like count as bits, not as weights. Nothing without
  // weights.
  std::optional<double> bits_per_weight;
  std::string mix;                 // of types, by llama.cpp's name: "Q4_K_M"; "" for none
  std::optional<CacheSize> cache;  // if there is a spec
  std::vector<Finding> findings;
  std::vector<InspectedComponent> components;  // at least one

  // Whether anything says what the parameters are.
  bool counted() const { return stored || claimed; }
};

// Reads headers only, and some rows of a head that is stored although config.json ties it to the
// embedding. `checkpoint` null: what config.json alone says. Neither need be there, but
// not both missing.
Inspection Inspect(const std::string& model, const Checkpoint* checkpoint,
                   const ModelConfig* config);
// The same of a model that was split already: SplitComponents.
Inspection Inspect(const std::string& model, const Checkpoint* checkpoint,
                   const std::vector<ModelComponent>& components);
// Inspects one component as if it were all.
Inspection InspectOne(const std::string& model, const ModelComponent& component);

// Returns the number that a GGUF file gives its mix of types; nothing of others.
std::optional<std::uint64_t> FileTypeOf(const ModelConfig* config);

}  // namespace modelkin

#endif  // MODELKIN_ARCHITECTURE_INSPECTION_H_
