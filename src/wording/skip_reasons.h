// Why something was not computed, in words.
#ifndef MODELKIN_WORDING_SKIP_REASONS_H_
#define MODELKIN_WORDING_SKIP_REASONS_H_

#include <string>

#include "base/skipped.h"
#include "wording/language.h"

namespace modelkin {

// Returns "residual widths differ: 576 and 640", without a full stop; "" where nothing was skipped.
// JSON has the English one.
std::string SkipText(const Skipped& skipped, Language language = Language::kEnglish);

}  // namespace modelkin

#endif  // MODELKIN_WORDING_SKIP_REASONS_H_
