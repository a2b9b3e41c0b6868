// From GGUF files' names to those that make up a model.
#ifndef MODELKIN_CHECKPOINT_OPEN_GGUF_H_
#define MODELKIN_CHECKPOINT_OPEN_GGUF_H_

#include <string>
#include <string_view>
#include <vector>

#include "checkpoint/catalogue_builder.h"
#include "checkpoint/checkpoint.h"

namespace modelkin {

inline constexpr std::string_view kGgufEnding = ".gguf";

// Adds the one model that `files` of a folder hold, alone or in several files, and warns of
// projectors ("mmproj") and importance matrices beside it. Throws Error(kBadInput) where there are
// several models, or files of one are missing and `partial` is not asked for.
void AddGgufOfFolder(const std::string& folder, const std::vector<std::string>& files,
                     const OpenOptions& options, CatalogueBuilder& builder);

// Adds a file, with the others of its model where it is one of several by its name.
void AddGgufFile(const std::string& path, const OpenOptions& options, const Places& places,
                 CatalogueBuilder& builder);

}  // namespace modelkin

#endif  // MODELKIN_CHECKPOINT_OPEN_GGUF_H_
