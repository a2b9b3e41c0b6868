// Explains an encoder of images or sound by its headers: no token is followed, and no weight read.
#ifndef MODELKIN_EXPLANATION_ENCODER_TOPIC_H_
#define MODELKIN_EXPLANATION_ENCODER_TOPIC_H_

#include <span>

#include "architecture/components.h"
#include "explanation/explanation.h"

namespace modelkin {

// Of several encoders the first, and a note on the others. Of a model without any, what it is
// instead. `components`: of one model, at least one.
Explanation ExplainEncoder(std::span<const ModelComponent> components);

}  // namespace modelkin

#endif  // MODELKIN_EXPLANATION_ENCODER_TOPIC_H_
