// What the name of a file says of its being weights.
#ifndef MODELKIN_CHECKPOINT_WEIGHT_FILE_NAME_H_
#define MODELKIN_CHECKPOINT_WEIGHT_FILE_NAME_H_

#include <string_view>

namespace modelkin {

// Returns whether it ends as files of weights do that are read by such a name: .safetensors, .gguf,
// .bin, .pt, .pth, .th, .ckpt, .pkl.
bool HasWeightEnding(std::string_view file_name);

// Returns whether a file of this name usually holds a model's weights as torch.save writes them:
// pytorch_model.bin, *.pt, *.pth, *.th, *.ckpt, *.pkl; and not what training leaves beside them, as
// training_args.bin, optimizer.pt, scheduler.pt and rng_state_0.pth.
bool IsTorchWeightName(std::string_view file_name);

// Returns the name without such an ending.
std::string_view WithoutWeightEnding(std::string_view file_name);

}  // namespace modelkin

#endif  // MODELKIN_CHECKPOINT_WEIGHT_FILE_NAME_H_
