// What the names of a component's tensors say of it, without shapes and without config.json.
#ifndef MODELKIN_ARCHITECTURE_NAMED_PARTS_H_
#define MODELKIN_ARCHITECTURE_NAMED_PARTS_H_

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "architecture/components.h"
#include "architecture/role.h"

namespace modelkin {

// Layers whose names begin alike. What merely counts matrices, as "mlp.layers.0", is none.
struct LayerStack {
  std::string prefix;        // "model.layers."
  std::uint64_t layers = 0;  // numbers that occur
};

// Of the MLPs of one kind, as their matrices' names have it.
enum class MlpForm : std::uint8_t {
  kNotTold,
  kPlain,       // up and down
  kGated,       // gate, up and down
  kGatedInOne,  // gate and up in one matrix
};

// "not_told", "gated_in_one"
std::string_view MlpFormName(MlpForm form);

// Tensors that differ in layer and expert alone.
struct NamesAlike {
  std::string pattern;  // "model.layers.{L}.modulation"
  std::uint64_t tensors = 0;
};

struct NamedParts {
  std::vector<LayerStack> stacks;  // most layers first
  std::uint64_t experts = 0;       // numbers that occur; 0 for none
  std::map<ModuleKind, MlpForm> mlps;
  std::map<ModuleKind, std::uint64_t> tensors;  // how many belong to each
  std::vector<NamesAlike> unplaced;             // of which names say nothing, most tensors first
};

// Reads no tensor. Needs a component that has tensors.
NamedParts NamedPartsOf(const ModelComponent& component);

}  // namespace modelkin

#endif  // MODELKIN_ARCHITECTURE_NAMED_PARTS_H_
