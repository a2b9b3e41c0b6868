#include "inference/image_encoder.h"

#include <fmt/format.h>

#include <utility>

#include "inference/forward_pass.h"

namespace modelkin {
namespace {

// Takes what is wanted of some layers as the pass goes by them.
class LayerTap : public PassObserver {
 public:
  LayerTap(const RunnableModel& model, PassObserver& observer)
      : model_(model),
        observer_(observer),
        layers_(model.family().images()->tapped_layers()),
        taken_(layers_.size()) {}

  void Hidden(std::size_t index, const Activations& hidden) override {
    observer_.Hidden(index, hidden);
    for (std::size_t i = 0; i < layers_.size(); ++i) {
      if (layers_[i] + 1 != index) continue;
      taken_[i] = model_.family().images()->Tap(model_.weights(), i, hidden);
      RequireFinite(model_, taken_[i], fmt::format("what layer {} hands on", layers_[i]));
    }
  }

  std::vector<Activations> Take() { return std::move(taken_); }

 private:
  const RunnableModel& model_;
  PassObserver& observer_;
  std::vector<std::size_t> layers_;
  std::vector<Activations> taken_;
};

}  // namespace

EncodedImages EncodeImages(const RunnableModel& model, const Batch& batch, PassObserver& observer,
                           Progress& progress) {
  LayerTap tap(model, observer);
  EncodedImages encoded;
  encoded.final = RunLayers(model, batch, nullptr, tap, progress);
  encoded.pooled = model.family().images()->Pool(model.weights(), batch, encoded.final);
  if (encoded.pooled) RequireFinite(model, *encoded.pooled, "the pooling");
  encoded.tapped = tap.Take();
  return encoded;
}

}  // namespace modelkin
