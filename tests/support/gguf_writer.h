// Makes the bytes of GGUF files, right ones and wrong ones.
#ifndef MODELKIN_TESTS_SUPPORT_GGUF_WRITER_H_
#define MODELKIN_TESTS_SUPPORT_GGUF_WRITER_H_

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace modelkin::testing {

// Returns the bytes of a number, as this machine has them.
template <class Number>
std::string BytesOf(Number number) {
  return {reinterpret_cast<const char*>(&number), sizeof number};
}

// Returns a string with its length before it.
inline std::string GgufText(std::string_view text) {
  return BytesOf<std::uint64_t>(text.size()).append(text);
}

// Returns a key with a value of a type.
inline std::string GgufPair(std::string_view key, std::uint32_t type, std::string_view value) {
  return GgufText(key).append(BytesOf(type)).append(value);
}

// Returns a tensor's entry; dimensions as in the file, fastest first.
inline std::string GgufEntryText(std::string_view name,
                                 const std::vector<std::uint64_t>& dimensions, std::uint32_t type,
                                 std::uint64_t offset) {
  std::string text = GgufText(name).append(BytesOf(static_cast<std::uint32_t>(dimensions.size())));
  for (const std::uint64_t dimension : dimensions) text += BytesOf(dimension);
  return text.append(BytesOf(type)).append(BytesOf(offset));
}

// Returns a file of pairs, entries and data, which begins at a multiple of `alignment`.
inline std::string GgufBytesOf(const std::vector<std::string>& pairs,
                               const std::vector<std::string>& entries, std::string_view data,
                               std::uint32_t version = 3, std::size_t alignment = 32) {
  std::string file = std::string("GGUF")
                         .append(BytesOf(version))
                         .append(BytesOf<std::uint64_t>(entries.size()))
                         .append(BytesOf<std::uint64_t>(pairs.size()));
  for (const std::string& pair : pairs) file += pair;
  for (const std::string& entry : entries) file += entry;
  file.resize((file.size() + alignment - 1) / alignment * alignment);
  return file.append(data);
}

}  // namespace modelkin::testing

#endif  // MODELKIN_TESTS_SUPPORT_GGUF_WRITER_H_
