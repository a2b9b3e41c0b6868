// Where the sources about a model disagree, or one of them says something odd.
#ifndef MODELKIN_ARCHITECTURE_FINDING_H_
#define MODELKIN_ARCHITECTURE_FINDING_H_

#include <cstdint>
#include <string>
#include <string_view>

#include "base/said.h"

namespace modelkin {

enum class FindingKind : std::uint8_t {
  kNoConfig,       // there is no config.json
  kUnknownFamily,  // its "model_type" is not in the table
  kBadValue,       // a value that cannot be: missing, of a wrong type, absurd
  kContradiction,  // config.json says one thing, the stored tensors another
  kUnexplained,    // a tensor that neither family nor config.json accounts for
  kMissing,        // a tensor that they promise
  kUnusedValue,    // a value of config.json that no tensor has to do with
  kNote,           // odd, but no disagreement
};

// "contradiction", "unexplained_tensor"
std::string_view FindingKindName(FindingKind kind);

struct Finding {
  FindingKind kind;
  Said message;  // printable, a sentence
  // What the message is about; "" where it does not apply. Values as text.
  std::string config_key;
  std::string config_value;
  std::string tensor;
  std::string tensor_value;
  std::uint64_t tensors = 0;  // how many it holds for
};

}  // namespace modelkin

#endif  // MODELKIN_ARCHITECTURE_FINDING_H_
