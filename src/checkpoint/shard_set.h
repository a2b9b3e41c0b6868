// Files of a folder that make up one checkpoint, told by their names.
#ifndef MODELKIN_CHECKPOINT_SHARD_SET_H_
#define MODELKIN_CHECKPOINT_SHARD_SET_H_

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace modelkin {

// "model-00002-of-00003.safetensors", "pytorch_model-00001-of-00002.bin".
struct ShardName {
  std::string stem;  // "model"
  std::uint32_t number = 0;
  std::uint32_t of = 0;
};

// Returns the parts of such a name; nullopt for other names, or a number over the count.
std::optional<ShardName> ParseShardName(std::string_view file);

// Shards of one stem and count, or a file by itself.
struct ShardSet {
  std::string stem;  // of a single file: its name without its ending
  std::vector<std::string> files;
  std::vector<std::string> missing;  // of those that the names promise
};

// Returns the sets that `files` make up, in the order of each set's first file.
std::vector<ShardSet> ShardSetsOf(const std::vector<std::string>& files);

}  // namespace modelkin

#endif  // MODELKIN_CHECKPOINT_SHARD_SET_H_
