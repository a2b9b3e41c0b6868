// What a GGUF file says before its data: keys with values, and what tensors there are.
//
//   "GGUF", version (u32), number of tensors (u64), number of pairs (u64)
//   each pair: key (a string), type of the value (u32), value
//   each tensor: name, number of dimensions (u32), these from the fastest on (u64), type (u32),
//     place in the data (u64)
//   padding to `general.alignment` (32 where it is not said), then the data, each tensor padded so
//
// A string is its length (u64) and bytes; an array the type of its items (u32), their number (u64)
// and these. All is little-endian. Checked, as llama.cpp does: versions 2 and 3; no key and no name
// twice; no array of arrays; an alignment that is a power of 2; at most 4 dimensions, none of 0,
// rows of whole blocks; each tensor where the padding behind the one before it ends; all within the
// file. Besides: no more is held or read than lies in the file; there are at most 100,000 keys and
// a million tensors; names are at most 4096 bytes, and all before the data at most 512 MiB.
#ifndef MODELKIN_STORAGE_GGUF_GGUF_FILE_H_
#define MODELKIN_STORAGE_GGUF_GGUF_FILE_H_

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "numeric/shape.h"
#include "source/byte_source.h"
#include "storage/gguf/gguf_types.h"
#include "storage/gguf/gguf_value_type.h"

namespace modelkin {

// Numbers of each width are given as 64 bits. Strings are bytes, which need be no UTF-8.
using GgufScalar = std::variant<std::uint64_t, std::int64_t, double, bool, std::string>;

struct GgufArray {
  GgufValueType type = GgufValueType::kU8;  // of its items
  std::uint64_t count = 0;
  std::uint64_t offset_bytes = 0;  // of the first item in the file
  std::uint64_t length_bytes = 0;  // of all items
  // All of at most 4096 items that take at most 64 KiB; none of a larger array, such as a
  // vocabulary, nor once a million items of other arrays are held.
  std::vector<GgufScalar> items;
};

// A string of over 1 MiB is given as an array of bytes.
using GgufValue = std::variant<std::uint64_t, std::int64_t, double, bool, std::string, GgufArray>;

struct GgufEntry {
  GgufValue value;
  std::uint64_t offset_bytes = 0;  // of the value in the file
};

struct GgufTensor {
  std::string name;
  const GgufType* type = nullptr;  // never null
  Shape shape;                     // outermost first; [] of one value without dimensions
  std::uint64_t elements = 0;
  std::uint64_t offset_bytes = 0;  // from the file's start
  std::uint64_t length_bytes = 0;
};

struct GgufFile {
  std::uint32_t version = 0;
  std::map<std::string, GgufEntry, std::less<>> entries;  // by key
  std::vector<GgufTensor> tensors;                        // by place
  std::uint64_t header_bytes = 0;                         // where the data begins, or the file ends
  // Of several files that make one model: the number of this from 0, how many files there are, and
  // how many tensors these have together where it is said.
  std::uint32_t split = 0, splits = 1;
  std::optional<std::uint64_t> tensors_of_all_splits;

  // Return the value of a key; nothing where there is none of that type.
  const GgufValue* Find(std::string_view key) const;
  std::string Text(std::string_view key) const;                   // "" for none
  std::optional<std::uint64_t> Size(std::string_view key) const;  // an integer that is not negative
  std::optional<double> Number(std::string_view key) const;       // an integer or a float
  std::optional<bool> Flag(std::string_view key) const;
};

// Reads and checks all before the data: a few reads of growing length, of little more than that.
// Throws Error(kBadInput), with the tensor and the byte, where a rule above is broken. Takes time
// and memory in proportion to what is there.
GgufFile ReadGgufFile(const ByteSource& file);

}  // namespace modelkin

#endif  // MODELKIN_STORAGE_GGUF_GGUF_FILE_H_
