// Models that a demo leaves to the user.
#ifndef MODELKIN_APPS_KEPT_MODELS_H_
#define MODELKIN_APPS_KEPT_MODELS_H_

#include <string>

namespace modelkin {

// Copies each model, a folder in `made`, to one of the same name in `folder`. Where such a folder
// is there, it may hold nothing but files of the same content: throws Error(kUsage) otherwise,
// before anything is written; Error(kIo) if they can't be read or written.
void KeepModels(const std::string& made, const std::string& folder);

}  // namespace modelkin

#endif  // MODELKIN_APPS_KEPT_MODELS_H_
