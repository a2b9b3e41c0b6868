// What models do with the same texts.
#ifndef MODELKIN_REQUESTS_FUNCTIONAL_H_
#define MODELKIN_REQUESTS_FUNCTIONAL_H_

#include "functional/functional_comparison.h"
#include "requests/inputs.h"
#include "requests/request_context.h"
#include "requests/texts.h"

namespace modelkin {

// Runs A, B and the controls on the texts, each in one pass over its weights, and compares them.
// Throws what running and encoding throw.
FunctionalResults CompareByTexts(const Inputs& models, const Texts& texts,
                                 const RequestContext& context);

}  // namespace modelkin

#endif  // MODELKIN_REQUESTS_FUNCTIONAL_H_
