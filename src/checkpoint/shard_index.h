// model.safetensors.index.json and pytorch_model.bin.index.json: which shard holds which tensor.
#ifndef MODELKIN_CHECKPOINT_SHARD_INDEX_H_
#define MODELKIN_CHECKPOINT_SHARD_INDEX_H_

#include <string>
#include <string_view>
#include <unordered_map>

#include "source/byte_source.h"

namespace modelkin {

// Tensor name -> shard's file name.
using ShardIndex = std::unordered_map<std::string, std::string>;

inline constexpr std::uint64_t kMaxShardIndexBytes = 256'000'000;

// Reads {"weight_map": {tensor: shard}, ...}; other members are skipped ("metadata" is a hint
// only). Throws Error(kBadInput) unless it is such an object, without duplicate names, each shard a
// plain file name that ends as files of weights do: no folder, no "..".
ShardIndex ReadShardIndex(const ByteSource& file);
ShardIndex ParseShardIndex(const std::string& label, std::string_view text);

}  // namespace modelkin

#endif  // MODELKIN_CHECKPOINT_SHARD_INDEX_H_
