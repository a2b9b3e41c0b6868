#include "storage/file_signature.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <string>
#include <string_view>

#include "storage/safetensors.h"
#include "storage/torch/torch_file.h"
#include "storage/torch/torch_tar.h"

namespace modelkin {
namespace {

struct Signature {
  std::string_view prefix;
  std::string_view description;
};

using namespace std::string_view_literals;

constexpr std::string_view kErrorPage =
    "an HTML page, probably an error page saved by a download: fetch the file again";

constexpr std::string_view kOldGgml =
    "a file of GGML from before GGUF, which is not read: convert it by llama.cpp's "
    "convert_llama_ggml_to_gguf.py";

constexpr std::array kSignatures = {
    Signature{"PK\x03\x04"sv, "a zip archive, such as torch.save writes"sv},
    Signature{"\x80\x02"sv, "a Python pickle, such as torch.save writes"sv},
    Signature{"\x80\x03"sv, "a Python pickle, such as torch.save writes"sv},
    Signature{"\x80\x04"sv, "a Python pickle, such as torch.save writes"sv},
    Signature{"\x80\x05"sv, "a Python pickle, such as torch.save writes"sv},
    Signature{"GGUF"sv, "a GGUF file"sv},
    // The magic numbers of GGML, GGMF and GGJT, as little-endian machines wrote them.
    Signature{"lmgg"sv, kOldGgml},
    Signature{"fmgg"sv, kOldGgml},
    Signature{"tjgg"sv, kOldGgml},
    Signature{"version https://git-lfs"sv,
              "a Git LFS pointer: the weights themselves were not downloaded (git lfs pull)"sv},
    Signature{"\x1f\x8b"sv, "gzip-compressed; decompress it first"sv},
    Signature{"\x89HDF\r\n"sv,
              "an HDF5 file, as Keras writes: save the model as safetensors or by torch.save"sv},
    Signature{"<!DOCTYPE"sv, kErrorPage},
    Signature{"<!doctype"sv, kErrorPage},
    Signature{"<html"sv, kErrorPage},
};

// A safetensors file may begin with the short signatures: its length field is arbitrary. Then that
// length is possible, and a JSON object or white space follows it.
bool MayBeSafetensors(std::string_view head) {
  if (head.size() <= 8) return false;
  std::uint64_t length = 0;
  std::memcpy(&length, head.data(), 8);
  return length <= kMaxSafetensorsHeaderBytes && "{ \t\n\r"sv.find(head[8]) != head.npos;
}

std::string HeadOf(const ByteSource& file, std::uint64_t length) {
  std::vector<std::byte> scratch;
  const auto bytes = file.Read(0, std::min(file.size_bytes(), length), scratch);
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

}  // namespace

bool IsTorchSave(const ByteSource& file) {
  const std::string head = HeadOf(file, kTarHeadBytes);
  return IsTorchFile(head) && !MayBeSafetensors(head);
}

std::optional<std::string> DescribeForeignFile(const ByteSource& file) {
  if (file.size_bytes() == 0) return "the file is empty";
  const std::string head = HeadOf(file, 32);
  if (MayBeSafetensors(head)) return std::nullopt;
  for (const Signature& signature : kSignatures) {
    if (head.starts_with(signature.prefix)) return std::string(signature.description);
  }
  return std::nullopt;
}

}  // namespace modelkin
