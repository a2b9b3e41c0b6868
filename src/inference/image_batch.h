// Arrays of pixels to batches, for encoders of images.
#ifndef MODELKIN_INFERENCE_IMAGE_BATCH_H_
#define MODELKIN_INFERENCE_IMAGE_BATCH_H_

#include <cstddef>
#include <span>

#include "inference/batch.h"
#include "storage/npy_array.h"

namespace modelkin {

// What an encoder takes that cuts images up itself.
struct PixelForm {
  std::size_t channels = 0, side = 0;  // of an image, which is a square
  std::size_t patch = 0;               // along a side, in pixels
};

// Of arrays [images, channels, height, width], or [channels, height, width] of one image. Throws
// Error(kUsage) that names the array where an image is another, and for grids.
Batch BatchOfPixels(std::span<const FloatArray> arrays, std::span<const PatchGrid> grids,
                    const PixelForm& form);

// What an encoder takes whose processor cuts images up.
struct PatchForm {
  std::size_t values = 0;  // of a patch: channels, frames, rows and columns of its pixels
  std::size_t joined = 1;  // patches along a side that are joined: sides are multiples of it
};

// Of arrays [patches, values], joined patches one after the other, as Qwen's processor has them.
// Images do not reach over arrays. Throws Error(kUsage) that names the array where its shape or its
// grids are others, or there are too many grids or too few.
Batch BatchOfPatches(std::span<const FloatArray> arrays, std::span<const PatchGrid> grids,
                     const PatchForm& form);

}  // namespace modelkin

#endif  // MODELKIN_INFERENCE_IMAGE_BATCH_H_
