#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "fuzz_check.h"
#include "source/sealed_file.h"

namespace modelkin {
namespace {

constexpr Seal kSeal = {.kind = "block", .name = "https://hub.example\nname\n1", .inputs = {}};

// What is believed is what was written, under this name.
void ReadBlock(std::string_view bytes) {
  if (const auto content = Unsealed(kSeal, bytes)) {
    Check(Sealed(kSeal, *content) == bytes, "a seal is of one form");
  }
  std::string sealed = Sealed(kSeal, bytes);
  Check(Unsealed(kSeal, sealed) == bytes, "content comes back");
  Seal other = kSeal;
  other.name = "https://hub.example\nname\n2";
  Check(!Unsealed(other, sealed), "not under another name");
  // The input says which bit is changed.
  const std::size_t place = bytes.empty() ? 0
                                          : static_cast<unsigned char>(bytes[0]) * 256U +
                                                static_cast<unsigned char>(bytes.back());
  sealed[place % sealed.size()] ^= static_cast<char>(1 << (bytes.size() % 8));
  Check(!Unsealed(kSeal, sealed), "a changed bit is seen");
}

}  // namespace
}  // namespace modelkin

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  modelkin::ReadBlock(modelkin::AsText(data, size));
  return 0;
}
