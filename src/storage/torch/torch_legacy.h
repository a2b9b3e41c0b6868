// Files of torch.save before version 1.6: five pickles, then the storages.
#ifndef MODELKIN_STORAGE_TORCH_TORCH_LEGACY_H_
#define MODELKIN_STORAGE_TORCH_TORCH_LEGACY_H_

#include "source/byte_source.h"
#include "storage/file_contents.h"

namespace modelkin {

//   a magic number, the version 1001, what machine wrote it, the object, the keys of storages
//   of each key: the number of elements (8 bytes), the elements
//
// Throws as ReadTorchFile.
FileContents ReadTorchPickles(const ByteSource& file);

}  // namespace modelkin

#endif  // MODELKIN_STORAGE_TORCH_TORCH_LEGACY_H_
