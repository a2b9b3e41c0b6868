// The models that a checkpoint holds: text, encoders of images and sound, what joins them.
#ifndef MODELKIN_ARCHITECTURE_COMPONENTS_H_
#define MODELKIN_ARCHITECTURE_COMPONENTS_H_

#include <memory>
#include <span>
#include <string>
#include <vector>

#include "architecture/model_config.h"
#include "architecture/resolved_model.h"
#include "checkpoint/checkpoint.h"
#include "modelkin/component.h"

namespace modelkin {

struct ModelComponent {
  Component kind = Component::kText;
  // What names of all its tensors begin with as stored, "model.visual."; "" where they have no such
  // beginning in common.
  std::string prefix;
  // Its tensors, those of an encoder under names without what they begin with. Null where there is
  // a config.json only.
  std::shared_ptr<const Checkpoint> checkpoint;
  // The same for tests of lineage: those of a model whose family is not known under the names of
  // a decoder's layers (WithDecoderNames).
  std::shared_ptr<const Checkpoint> for_tests;
  // What config.json says of it; null where it says nothing.
  std::shared_ptr<const ModelConfig> config;
  ResolvedModel resolved;

  const ModelSpec* spec() const { return resolved.spec ? &*resolved.spec : nullptr; }
};

// Splits a checkpoint by the names of its tensors, and config.json by its nested objects. At least
// one component, the text model first, else in the order of their kinds. A checkpoint whose names
// tell of one component only is that as a whole; where they tell of none, config.json's
// "model_type" or a patch embedding say that it is an encoder. Two encoders of one kind are one
// component, unless they have tensors of one name: then each is one. `checkpoint` or `config` may
// be null, and have to outlive the result. Reads no tensor.
std::vector<ModelComponent> SplitComponents(const Checkpoint* checkpoint,
                                            const ModelConfig* config);

// Leaves the tensors of the kinds that are wanted, at least one, under their names. Throws
// Error(kBadInput) where there are none.
Checkpoint OnlyComponents(const Checkpoint& checkpoint, const ModelConfig* config,
                          std::span<const Component> wanted);

}  // namespace modelkin

#endif  // MODELKIN_ARCHITECTURE_COMPONENTS_H_
