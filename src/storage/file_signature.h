// Recognises what people hand over in place of a safetensors file.
#ifndef MODELKIN_STORAGE_FILE_SIGNATURE_H_
#define MODELKIN_STORAGE_FILE_SIGNATURE_H_

#include <optional>
#include <string>

#include "source/byte_source.h"

namespace modelkin {

// Returns what the file is, from its first bytes, with what to do about it; nullopt if it is
// nothing known, and so possibly safetensors.
std::optional<std::string> DescribeForeignFile(const ByteSource& file);

// Returns whether it is a file of torch.save by its first bytes: a zip, a pickle, a tar; and those
// of no safetensors file.
bool IsTorchSave(const ByteSource& file);

}  // namespace modelkin

#endif  // MODELKIN_STORAGE_FILE_SIGNATURE_H_
