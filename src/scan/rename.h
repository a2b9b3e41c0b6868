// Applies rename rules to tensor names.
#ifndef MODELKIN_SCAN_RENAME_H_
#define MODELKIN_SCAN_RENAME_H_

#include <cstddef>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "scan/pairing.h"

namespace modelkin {

// A key map may have as many names as a model has tensors: those without a star are looked up.
class Renamer {
 public:
  // `rules` have to outlive this. Throws Error(kUsage) for one with more stars than its pattern,
  // and for more patterns with stars than make sense.
  explicit Renamer(const std::vector<RenameRule>& rules);

  // The name under the first rule that matches it, else the name itself.
  std::string operator()(const std::string& name) const;

 private:
  const std::vector<RenameRule>& rules_;
  std::unordered_map<std::string_view, std::size_t> exact_;  // patterns without a star
  std::vector<std::size_t> starred_;
};

}  // namespace modelkin

#endif  // MODELKIN_SCAN_RENAME_H_
