// A file of this machine as a source of bytes.
#ifndef MODELKIN_SOURCE_MAPPED_FILE_H_
#define MODELKIN_SOURCE_MAPPED_FILE_H_

#include <memory>
#include <string>

#include "source/byte_source.h"

namespace modelkin {

// Maps a regular file into memory (docs/reading.md says why). Symbolic links are followed: hub
// caches are made of them. Throws Error(kBadInput) if there is no such file or it is no regular
// file, Error(kIo) if it can't be opened.
std::shared_ptr<const ByteSource> MapFile(const std::string& path);

}  // namespace modelkin

#endif  // MODELKIN_SOURCE_MAPPED_FILE_H_
