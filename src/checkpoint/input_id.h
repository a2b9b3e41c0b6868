// Who an input of a request is.
#ifndef MODELKIN_CHECKPOINT_INPUT_ID_H_
#define MODELKIN_CHECKPOINT_INPUT_ID_H_

#include <compare>
#include <cstdint>
#include <string>

namespace modelkin {

// kControl: a stranger to A and B. kParent: what B may be a merge of. kSeries: a checkpoint of one
// training run. kReference: one of many that B is held against.
enum class InputRole : std::uint8_t { kA, kB, kControl, kParent, kSeries, kReference };

struct InputId {
  InputRole role = InputRole::kA;
  std::uint32_t number = 0;  // from 1, of roles that several may have; 0 for A and B

  // "a", "b", "control_1", "parent_2", "s3", "reference_4"
  std::string Name() const;
  // The same for people: "A", "B", "C1", "P2", "S3", "R4"
  std::string Label() const;

  friend auto operator<=>(const InputId&, const InputId&) = default;
};

}  // namespace modelkin

#endif  // MODELKIN_CHECKPOINT_INPUT_ID_H_
