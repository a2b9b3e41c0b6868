#include "checkpoint/weight_file_name.h"

#include <algorithm>
#include <array>

namespace modelkin {
namespace {

// The first two are those of safetensors and GGUF; the others are torch's.
constexpr std::array<std::string_view, 8> kWeightEndings = {
    ".safetensors", ".gguf", ".bin", ".pt", ".pth", ".th", ".ckpt", ".pkl"};

// Beginnings of what transformers' and other trainers save beside a model.
constexpr std::array<std::string_view, 8> kOfTraining = {
    "training_args", "optimizer", "optim_",        "scheduler",
    "scaler",        "rng_state", "random_states", "trainer_state"};

std::string_view WeightEndingOf(std::string_view file_name) {
  const auto ending = std::ranges::find_if(
      kWeightEndings, [&](std::string_view e) { return file_name.ends_with(e); });
  return ending == kWeightEndings.end() ? std::string_view() : *ending;
}

}  // namespace

bool HasWeightEnding(std::string_view file_name) { return !WeightEndingOf(file_name).empty(); }

bool IsTorchWeightName(std::string_view file_name) {
  const std::string_view ending = WeightEndingOf(file_name);
  return !ending.empty() && ending != kWeightEndings[0] && ending != kWeightEndings[1] &&
         std::ranges::none_of(kOfTraining,
                              [&](std::string_view of) { return file_name.starts_with(of); });
}

std::string_view WithoutWeightEnding(std::string_view file_name) {
  return file_name.substr(0, file_name.size() - WeightEndingOf(file_name).size());
}

}  // namespace modelkin
