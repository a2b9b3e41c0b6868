#include <cstddef>
#include <cstdint>
#include <filesystem>
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
    Check(shard.size() <= kMaxShardNameBytes, "length of the shard's path");
    Check(shard.find_first_of(std::string_view("\\\0", 2)) == std::string::npos,
          "plain characters");
    const std::filesystem::path path(shard);
    Check(path.is_relative() && path.lexically_normal() == path, "shard below the index's folder");
    for (const std::filesystem::path& part : path) {
      const std::string name = part.string();
      Check(!name.empty() && name.size() <= 255, "length of a part of the shard's path");
      Check(name.front() != '.', "nothing hidden, no parent folder");
    }
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
