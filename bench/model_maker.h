// Models of random weights, to be run.
#ifndef MODELKIN_BENCH_MODEL_MAKER_H_
#define MODELKIN_BENCH_MODEL_MAKER_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "numeric/dtype.h"

namespace modelkin::bench {

// From -0.5 to 0.5.
std::vector<float> UniformValues(std::size_t count, std::uint64_t seed);

// Makes a safetensors file of random weights, one 8 MiB pattern from another place on for each
// tensor. Vectors are ones: norms.
class ModelMaker {
 public:
  explicit ModelMaker(DType dtype) : dtype_(dtype) {}

  void Add(const std::string& name, const std::vector<std::uint64_t>& shape);
  void Write(const std::string& path) const;

 private:
  struct Entry {
    std::uint64_t bytes;
    bool is_vector;
  };

  std::string Encoded(const std::vector<float>& values, float scale) const;

  DType dtype_;
  std::string header_;
  std::uint64_t offset_ = 0;
  std::vector<Entry> tensors_;
};

// GLM-4.5-Air at half its width and with few layers: 1.8 GB.
inline constexpr std::size_t kHidden = 2048, kLayers = 3, kHeads = 48, kKvHeads = 8, kDense = 5472,
                             kExpert = 512, kExperts = 128, kVocabulary = 32768;

// Makes that model in a folder of `folder`, unless it is
// there already. Returns its path.
std::string MakeMixture(const std::string& folder);

}  // namespace modelkin::bench

#endif  // MODELKIN_BENCH_MODEL_MAKER_H_
