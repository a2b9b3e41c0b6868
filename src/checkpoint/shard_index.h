// model.safetensors.index.json and pytorch_model.bin.index.json: which shard holds which tensor.
#ifndef MODELKIN_CHECKPOINT_SHARD_INDEX_H_
#define MODELKIN_CHECKPOINT_SHARD_INDEX_H_

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "source/byte_source.h"

namespace modelkin {

// Tensor name -> shard: its path from the index's folder.
using ShardIndex = std::unordered_map<std::string, std::string>;

inline constexpr std::uint64_t kMaxShardIndexBytes = 256'000'000;
inline constexpr std::size_t kMaxShardNameBytes = 1024;

// Reads {"weight_map": {tensor: shard}, ...}; other members are skipped, but `declared_bytes`, if
// it is given, gets "metadata"'s "total_size": a hint only, and often wrong. Throws
// Error(kBadInput) unless it is such an object, without duplicate names, each shard a file in the
// index's folder or below it that ends as files of weights do: no "..", nothing hidden.
ShardIndex ReadShardIndex(const ByteSource& file,
                          std::optional<std::uint64_t>* declared_bytes = nullptr);
ShardIndex ParseShardIndex(const std::string& label, std::string_view text,
                           std::optional<std::uint64_t>* declared_bytes = nullptr);

}  // namespace modelkin

#endif  // MODELKIN_CHECKPOINT_SHARD_INDEX_H_
