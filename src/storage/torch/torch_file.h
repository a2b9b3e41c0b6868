// Files of torch.save: a zip archive, the bare pickles before torch 1.6, a tar before 0.1.10.
#ifndef MODELKIN_STORAGE_TORCH_TORCH_FILE_H_
#define MODELKIN_STORAGE_TORCH_TORCH_FILE_H_

#include <string_view>

#include "source/byte_source.h"
#include "storage/file_contents.h"

namespace modelkin {

// Returns whether a file of at least these first bytes (265 of them, if it has as many) is one of
// these: a zip, a pickle of protocol 2 to 5, a tar.
bool IsTorchFile(std::string_view head);

// Reads what tensors there are and where they lie. Nothing in the file is run. Over a network it
// moves the directory and the pickle, and no header before a storage: these are checked when the
// storage is read (FileContents::late_checks). Throws Error(kBadInput), with the tensor and the
// byte, where the file breaks a rule, or has what is not read: names of code, compressed entries,
// numbers of the other byte order, tensors that are not dense.
FileContents ReadTorchFile(const ByteSource& file);

}  // namespace modelkin

#endif  // MODELKIN_STORAGE_TORCH_TORCH_FILE_H_
