// Files of torch.save before version 0.1.10: a tar of "storages", "tensors" and "pickle".
#ifndef MODELKIN_STORAGE_TORCH_TORCH_TAR_H_
#define MODELKIN_STORAGE_TORCH_TORCH_TAR_H_

#include <string_view>

#include "source/byte_source.h"
#include "storage/file_contents.h"

namespace modelkin {

inline constexpr std::uint64_t kTarHeadBytes = 265;

// Returns whether the first bytes are those of a tar archive.
bool IsTarFile(std::string_view head);

//   storages: their number; of each (key, place, type), elements (8 bytes), data; then the parts of
//             storages: [(key, key of the whole, offset, elements), ...]
//   tensors:  their number; of each (key, storage's key, type), dimensions (8 bytes), sizes,
//             strides, offset
//   pickle:   the object, whose persistent ids are keys of tensors
//
// Over a network it reads the whole file. Throws as ReadTorchFile.
FileContents ReadTorchTar(const ByteSource& file);

}  // namespace modelkin

#endif  // MODELKIN_STORAGE_TORCH_TORCH_TAR_H_
