// What is wrong with models as they were named, before any of them is opened.
#ifndef MODELKIN_APPS_MODEL_ARGUMENTS_H_
#define MODELKIN_APPS_MODEL_ARGUMENTS_H_

#include <string>
#include <vector>

namespace modelkin {

// Throws Error(kUsage) where a control is one of the two models: it is to be related to neither.
void RequireReferenceModels(const std::string& a, const std::string& b,
                            const std::vector<std::string>& controls);

}  // namespace modelkin

#endif  // MODELKIN_APPS_MODEL_ARGUMENTS_H_
