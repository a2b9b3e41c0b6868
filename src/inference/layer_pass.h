// What a layer of a model sees on its way through.
#ifndef MODELKIN_INFERENCE_LAYER_PASS_H_
#define MODELKIN_INFERENCE_LAYER_PASS_H_

#include <cstddef>
#include <optional>
#include <vector>

#include "architecture/role_names.h"
#include "inference/activations.h"
#include "inference/batch.h"
#include "inference/layer_probe.h"
#include "inference/linear.h"
#include "inference/rotary.h"
#include "inference/router.h"
#include "inference/weights.h"

namespace modelkin {

// Keys and values of past tokens, of one layer: a row a token, for each text. Of linear attention,
// what its convolution takes of past tokens, and its heads' matrices (delta_rule.h).
struct LayerCache {
  std::vector<Activations> keys, values;
};

// Is told what happens on the way. All members do nothing by default.
class PassObserver {
 public:
  virtual ~PassObserver() = default;
  // The residual stream as it enters the first layer (0) and leaves each layer (1, 2, ...).
  virtual void Hidden(std::size_t /*index*/, const Activations& /*hidden*/) {}
  virtual void Routed(std::size_t /*layer*/, const RouterChoice& /*choice*/) {}
  // Of an MLP that all tokens pass: what its activation function is applied to, and what that is
  // multiplied by (empty where it is not gated).
  virtual void MlpUnits(std::size_t /*layer*/, const Activations& /*gate*/,
                        const Activations& /*up*/) {}
  virtual bool wants_mlp_units() const { return false; }
  // Where a layer is to write down how it deals with one token; null: nowhere.
  virtual LayerProbe* probe(std::size_t /*layer*/) { return nullptr; }
};

struct LayerPass {
  const Weights& weights;
  std::size_t layer;
  const Batch& batch;
  const RotaryTable& rotary;  // no dims where a family has none
  LayerCache* cache;          // null: nothing is kept
  PassObserver& observer;

  // Returns a vector of this layer, of a norm's weight or a tensor of its own.
  std::vector<float> Vector(Role role, std::size_t size) const;

  // Applies weights of this layer, or of one of its MLPs.
  Activations Linear(const Activations& x, Role role, std::size_t outputs, bool bias) const;
  Activations Linear(const Activations& x, MlpId mlp, Role role, std::size_t outputs,
                     bool bias) const;
  Activations RmsNorm(Activations x, Role role, double epsilon) const;
  Activations LayerNorm(Activations x, Role role, double epsilon, bool bias = true) const;
  // to += values.
  void Add(Activations& to, const Activations& values) const {
    modelkin::Add(to, values, weights.threads());
  }

  // The parts of the observer's probe; null where it has none.
  LayerProbe* probe() const { return observer.probe(layer); }
  RouterProbe* probe_router() const { return PartOfProbe(&LayerProbe::router); }
  RotationProbe* probe_queries() const { return PartOfProbe(&LayerProbe::queries); }
  RotationProbe* probe_keys() const { return PartOfProbe(&LayerProbe::keys); }
  AttentionProbe* probe_attention() const { return PartOfProbe(&LayerProbe::attention); }

 private:
  template <class Part>
  Part* PartOfProbe(Part LayerProbe::*part) const {
    LayerProbe* const all = probe();
    return all == nullptr ? nullptr : &(all->*part);
  }
};

// With weight and bias of a norm of the model, the latter unless there is none.
Activations LayerNorm(const Weights& weights, Activations x, Role role, double epsilon,
                      bool bias = true);

}  // namespace modelkin

#endif  // MODELKIN_INFERENCE_LAYER_PASS_H_
