// What `modelkin compare --functional` computes.
#ifndef MODELKIN_APPS_FUNCTIONAL_RUN_H_
#define MODELKIN_APPS_FUNCTIONAL_RUN_H_

#include <string>
#include <vector>

#include "base/progress.h"
#include "functional/functional_comparison.h"
#include "text_input.h"

namespace modelkin {

// Runs A, B and the controls (`paths`, in this order; at least two) on the texts, each in one pass
// over its weights, and compares them. Throws what opening, running and encoding throw.
FunctionalResults CompareByTexts(const std::vector<std::string>& paths, const TextInput& input,
                                 unsigned threads, Progress& progress);

}  // namespace modelkin

#endif  // MODELKIN_APPS_FUNCTIONAL_RUN_H_
