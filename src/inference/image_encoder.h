// Encoders of images: what they take, and what they hand on to whoever goes on from there.
#ifndef MODELKIN_INFERENCE_IMAGE_ENCODER_H_
#define MODELKIN_INFERENCE_IMAGE_ENCODER_H_

#include <cstddef>
#include <optional>
#include <span>
#include <vector>

#include "base/progress.h"
#include "inference/family_model.h"
#include "inference/runnable_model.h"
#include "storage/npy_array.h"

namespace modelkin {

class ImageEncoder : public FamilyModel {
 public:
  bool has_head() const override { return false; }
  const ImageEncoder* images() const override { return this; }

  // Takes arrays apart into patches. Throws Error(kUsage) that names the array where its shape, or
  // what `grids` say of it, is not what the encoder takes.
  virtual Batch MakeBatch(std::span<const FloatArray> arrays,
                          std::span<const PatchGrid> grids) const = 0;

  // Throws Error(kUsage) where an image of a batch, however it was made, has other patches than it
  // takes; with the image's number, from 1 on.
  virtual void RequireFits(const Batch& batch) const = 0;

  // Returns cosines and sines of where patches lie; nothing where queries and keys do not rotate.
  virtual std::optional<RotaryTable> Rotation(const Batch& /*batch*/) const { return {}; }

  // Returns what the encoder makes of its last rows: one row an image, or one for each few patches
  // that it joins, an image's after the other's; nothing where it hands on the rows as they are.
  virtual std::optional<Activations> Pool(const Weights& weights, const Batch& batch,
                                          const Activations& final) const = 0;
  // Returns how many of those rows an image with such patches has.
  virtual std::size_t PooledRows(const PatchGrid& grid) const = 0;

  // The layers of which more is handed on, and what is made of the rows that the `index`-th of them
  // gives.
  virtual std::vector<std::size_t> tapped_layers() const { return {}; }
  virtual Activations Tap(const Weights& /*weights*/, std::size_t /*index*/,
                          const Activations& /*hidden*/) const {
    return {};
  }
};

struct EncodedImages {
  Activations final;                  // a row a patch, after the last norm
  std::optional<Activations> pooled;  // as ImageEncoder::Pool has it
  std::vector<Activations> tapped;    // of each of the tapped layers, rows as those of `pooled`
};

// Runs all layers and what is behind them. Requires an encoder of images, and a batch for it.
// `observer` is told as by RunLayers, which says what is thrown.
EncodedImages EncodeImages(const RunnableModel& model, const Batch& batch, PassObserver& observer,
                           Progress& progress);

}  // namespace modelkin

#endif  // MODELKIN_INFERENCE_IMAGE_ENCODER_H_
