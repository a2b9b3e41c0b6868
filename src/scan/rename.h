// Applies rename rules to tensor names.
#ifndef MODELKIN_SCAN_RENAME_H_
#define MODELKIN_SCAN_RENAME_H_

#include <string>
#include <vector>

#include "scan/pairing.h"

namespace modelkin {

// The name under the first rule that matches it, else the name itself.
std::string Rename(const std::vector<RenameRule>& rules, const std::string& name);

}  // namespace modelkin

#endif  // MODELKIN_SCAN_RENAME_H_
