// The file of an atlas: its tables, how it is made, and what is checked when it is opened.
#ifndef MODELKIN_ATLAS_ATLAS_FILE_H_
#define MODELKIN_ATLAS_ATLAS_FILE_H_

#include <cstdint>
#include <memory>
#include <string>

#include "atlas/atlas.h"
#include "atlas/database.h"

namespace modelkin {

// Of the tables. Another version is refused.
inline constexpr std::int64_t kAtlasVersion = 1;

// Opens an atlas, and makes it first where `access` allows that and there is none. Whoever is
// killed while making it leaves none. Throws as Atlas does.
std::unique_ptr<Database> OpenAtlasFile(const std::string& path, AtlasAccess access);

// Returns how many times the atlas has been changed, in the state that the database sees.
std::int64_t Generation(const Database& database);
// Counts one more change. Within a transaction.
void CountChange(Database& database);

}  // namespace modelkin

#endif  // MODELKIN_ATLAS_ATLAS_FILE_H_
