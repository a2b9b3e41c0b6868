#include <cstddef>
#include <cstdint>
#include <set>
#include <string>
#include <vector>

#include "fuzz_check.h"
#include "source/byte_source.h"
#include "storage/torch/zip_directory.h"

namespace modelkin {
namespace {

constexpr const char* kLabel = "fuzz.pt";

// Entries lie within the file, one after the other, under different names.
void CheckDirectory(const ZipDirectory& directory, std::uint64_t size_bytes) {
  std::uint64_t end = 0;
  std::set<std::string> names;
  for (const ZipEntry& entry : directory.entries()) {
    Check(entry.header_bytes >= end, "entries do not overlap");
    Check(entry.offset_bytes > entry.header_bytes, "data behind its header");
    Check(entry.offset_bytes <= size_bytes && entry.size_bytes <= size_bytes - entry.offset_bytes,
          "entry within the file");
    end = entry.offset_bytes + entry.size_bytes;
    Check(names.insert(entry.name).second, "unique names");
    Check(directory.Find(entry.name) == &entry, "entry is found by its name");
    Check(!entry.is_implied, "headers in memory are read at once");
  }
}

}  // namespace
}  // namespace modelkin

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace modelkin;
  const auto* const begin = reinterpret_cast<const std::byte*>(data);
  const auto file = MakeMemorySource(kLabel, std::vector<std::byte>(begin, begin + size));
  try {
    CheckDirectory(ZipDirectory(*file), size);
  } catch (const Error& error) {
    CheckRefusal(error, kLabel, size);
  }
  return 0;
}
