#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "checkpoint/shard_index.h"
#include "checkpoint/weight_file_name.h"
#include "fuzz_check.h"
#include "storage/safetensors.h"

namespace modelkin {
namespace {

constexpr const char* kLabel = "fuzz.safetensors.index.json";

void CheckIndex(const ShardIndex& index) {
  for (const auto& [tensor, shard] : index) {
    Check(tensor.size() <= kMaxTensorNameBytes, "length of the tensor's name");
    Check(HasWeightEnding(shard), "ending of the shard's name");
    Check(shard.find_first_of(std::string_view("/\\\0", 3)) == std::string::npos,
          "shard in the same folder");
    Check(shard.front() != '.', "shard is not hidden, nor a parent folder");
    Check(shard.size() <= 255, "length of the shard's name");
  }
}

}  // namespace
}  // namespace modelkin

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace modelkin;
  try {
    CheckIndex(ParseShardIndex(kLabel, {reinterpret_cast<const char*>(data), size}));
  } catch (const Error& error) {
    CheckRefusal(error, kLabel, size);
  }
  return 0;
}
