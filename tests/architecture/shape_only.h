// Checkpoints of which only names, types and shapes are real: files with holes, of any size.
#ifndef MODELKIN_TESTS_ARCHITECTURE_SHAPE_ONLY_H_
#define MODELKIN_TESTS_ARCHITECTURE_SHAPE_ONLY_H_

#include <cstdint>
#include <string>
#include <vector>

namespace modelkin::testing {

struct StoredShape {
  std::string name;
  std::vector<std::uint64_t> shape;
  std::string dtype = "BF16";
};

// Writes model.safetensors into `folder`, its data a hole.
void WriteShapes(const std::string& folder, const std::vector<StoredShape>& tensors);

// What three published models store, written down from their documentation, not from the tables
// under test.
std::vector<StoredShape> SolarOpen100B();
std::vector<StoredShape> Glm45Air();
std::vector<StoredShape> Phi35Moe();

}  // namespace modelkin::testing

#endif  // MODELKIN_TESTS_ARCHITECTURE_SHAPE_ONLY_H_
