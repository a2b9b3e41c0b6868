// Text to a model's token ids and back, by the tokenizers library of Hugging Face: the ids are
// those that its Python package gives for the same file.
#ifndef MODELKIN_TEXT_ENCODING_TEXT_ENCODER_H_
#define MODELKIN_TEXT_ENCODING_TEXT_ENCODER_H_

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "source/byte_source.h"
#include "source/places.h"

namespace modelkin {

inline constexpr std::uint64_t kLargestText = std::uint64_t{64} << 20;

// What tokenizer.json says, and nothing that is beside it (tokenizer_config.json): whether a text
// gets a token of beginning is said by its post-processor. As transformers does by default,
// truncation and padding are left out; so are random choices (dropout), of which training makes
// use. All members may be called from any number of threads at once, and throw Error(kBadInput)
// where the library does not get on.
class TextEncoder {
 public:
  virtual ~TextEncoder() = default;
  TextEncoder() = default;
  TextEncoder(const TextEncoder&) = delete;
  TextEncoder& operator=(const TextEncoder&) = delete;

  // `special_tokens`: those that the post-processor adds. Names of special tokens in the text
  // become those tokens either way. Throws Error(kBadInput) also for a text that is not UTF-8,
  // where its first bad byte is, or larger than kLargestText.
  virtual std::vector<std::uint32_t> Encode(std::string_view text,
                                            bool special_tokens = true) const = 0;

  // UTF-8. Where the ids' bytes are not, as those of a single id need not be, U+FFFD stands for
  // them; ids that have no token (rows of a padded embedding) are left out.
  virtual std::string Decode(std::span<const std::uint32_t> ids,
                             bool skip_special = false) const = 0;

  // As the file spells it (a space may be U+0120 or U+2581). Throws Error(kBadInput) if there is no
  // such id.
  virtual std::string TokenText(std::uint32_t id) const = 0;

  // Number of tokens, added ones included. The largest id may be larger.
  virtual std::uint64_t vocabulary_size() const = 0;
};

// From what the user named: a folder with a tokenizer.json, or such a file, or a GGUF file. Throws
// Error(kBadInput) where there is none, where it is larger than 512 MiB, and where the library does
// not take it.
std::unique_ptr<const TextEncoder> OpenTextEncoder(const std::string& model_path,
                                                   const Places& places = ThisMachine());

std::unique_ptr<const TextEncoder> ReadTextEncoder(const ByteSource& tokenizer_json);

}  // namespace modelkin

#endif  // MODELKIN_TEXT_ENCODING_TEXT_ENCODER_H_
