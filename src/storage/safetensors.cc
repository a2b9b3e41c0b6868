#include "storage/safetensors.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <unordered_set>

#include "base/checked_arithmetic.h"
#include "base/error.h"
#include "base/escaped_text.h"
#include "source/range_check.h"
#include "storage/file_signature.h"
#include "storage/safetensors_entries.h"

namespace modelkin {
namespace {

[[noreturn]] void Fail(const ByteSource& file, std::uint64_t offset_bytes, std::string_view message,
                       const std::string& tensor = {}) {
  throw Error(ErrorKind::kBadInput, message,
              {.file = file.label(), .tensor = tensor, .offset_bytes = offset_bytes});
}

RawHeader ReadRawHeader(const ByteSource& file, std::uint64_t length) {
  std::vector<std::byte> scratch;
  const auto bytes = file.Read(8, length, scratch);
  try {
    RawHeader raw =
        ParseHeaderText(file.label(), {reinterpret_cast<const char*>(bytes.data()), bytes.size()});
    RequireNothingLost(file);
    return raw;
  } catch (const Error&) {
    RequireNothingLost(file);  // a lost byte reads as 0, which is no JSON: name the cause
    throw;
  }
}

// Length of the JSON text, checked against the format's limit and the file's size.
std::uint64_t ReadHeaderLength(const ByteSource& file) {
  if (const auto other = DescribeForeignFile(file)) {
    Fail(file, 0, fmt::format("not safetensors: {}", *other));
  }
  std::vector<std::byte> scratch;
  if (file.size_bytes() < 8) {
    Fail(file, 0,
         fmt::format("not safetensors: {} bytes, shorter than the 8-byte length field",
                     file.size_bytes()));
  }
  std::uint64_t length = 0;
  std::memcpy(&length, file.Read(0, 8, scratch).data(), 8);
  if (length > kMaxSafetensorsHeaderBytes && (length & 0xFF) == '{') {
    Fail(file, 0, "not safetensors: a JSON text, probably an error message saved by a download");
  }
  if (length > kMaxSafetensorsHeaderBytes) {
    Fail(file, 0,
         fmt::format("header length {} is over the limit of {} bytes (not a safetensors file?)",
                     length, kMaxSafetensorsHeaderBytes));
  }
  if (length > file.size_bytes() - 8) {
    Fail(file, 0,
         fmt::format("header length {} reaches past the file's end at byte {} (truncated?)", length,
                     file.size_bytes()));
  }
  return length;
}

Tensor CheckEntry(const ByteSource& file, std::uint64_t data_begin, RawTensorEntry& raw) {
  const auto fail = [&](std::string_view message) {
    Fail(file, raw.position_bytes, message, raw.name);
  };
  const auto dtype = ParseDType(raw.dtype);
  if (!dtype) fail(fmt::format("unknown dtype \"{}\"", Printable(raw.dtype)));
  const auto elements = ElementCount(raw.shape);
  if (!elements) fail(fmt::format("shape {} overflows 64 bits", ShapeText(raw.shape)));
  const auto bytes = ByteCount(*dtype, *elements);
  if (!bytes) {
    fail(fmt::format("shape {} of {} is no whole number of bytes below 2^61", ShapeText(raw.shape),
                     raw.dtype));
  }
  if (raw.begin > raw.end) {
    fail(fmt::format("data_offsets [{}, {}] are reversed", raw.begin, raw.end));
  }
  const std::uint64_t data_bytes = file.size_bytes() - data_begin;
  if (raw.end > data_bytes) {
    fail(
        fmt::format("data_offsets [{}, {}] reach past the end of the data, which has {} bytes "
                    "(truncated?)",
                    raw.begin, raw.end, data_bytes));
  }
  if (*bytes != raw.end - raw.begin) {
    fail(fmt::format("shape {} of {} takes {} bytes, but data_offsets [{}, {}] span {}",
                     ShapeText(raw.shape), raw.dtype, *bytes, raw.begin, raw.end,
                     raw.end - raw.begin));
  }
  return {.name = std::move(raw.name),
          .dtype = *dtype,
          .shape = std::move(raw.shape),
          .elements = *elements,
          .offset_bytes = data_begin + raw.begin,
          .length_bytes = *bytes};
}

void RequireUniqueNames(const ByteSource& file, const std::vector<RawTensorEntry>& entries) {
  std::unordered_set<std::string_view> names;
  names.reserve(entries.size());
  for (const RawTensorEntry& entry : entries) {
    if (!names.insert(entry.name).second) {
      Fail(file, entry.position_bytes, "name occurs twice in the header", entry.name);
    }
  }
}

// Tensors sorted by offset must tile the data: no overlap, no hole, nothing after the last.
void RequireTiling(const ByteSource& file, std::uint64_t data_begin,
                   const std::vector<Tensor>& tensors) {
  std::uint64_t expected = data_begin;
  for (const Tensor& tensor : tensors) {
    if (tensor.offset_bytes != expected) {
      Fail(file, tensor.offset_bytes,
           fmt::format("data begins {} the tensor before it ends at byte {} ({})",
                       tensor.offset_bytes < expected ? "before" : "after", expected,
                       tensor.offset_bytes < expected ? "overlap" : "hole"),
           tensor.name);
    }
    expected += tensor.length_bytes;
  }
  if (expected != file.size_bytes()) {
    Fail(file, expected,
         fmt::format("{} bytes after the last tensor's end belong to no tensor",
                     file.size_bytes() - expected));
  }
}

}  // namespace

SafetensorsHeader ReadSafetensorsHeader(const ByteSource& file) {
  const std::uint64_t length = ReadHeaderLength(file);
  RawHeader raw = ReadRawHeader(file, length);
  RequireUniqueNames(file, raw.entries);

  SafetensorsHeader header{
      .header_bytes = 8 + length, .tensors = {}, .metadata = std::move(raw.metadata)};
  header.tensors.reserve(raw.entries.size());
  for (RawTensorEntry& entry : raw.entries) {
    header.tensors.push_back(CheckEntry(file, header.header_bytes, entry));
  }
  std::ranges::sort(header.tensors, {}, [](const Tensor& tensor) {
    return std::tuple(tensor.offset_bytes, tensor.length_bytes, std::string_view(tensor.name));
  });
  RequireTiling(file, header.header_bytes, header.tensors);
  return header;
}

}  // namespace modelkin
