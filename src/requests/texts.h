// Texts that models are run on, as token ids, and back.
#ifndef MODELKIN_REQUESTS_TEXTS_H_
#define MODELKIN_REQUESTS_TEXTS_H_

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "model/opened_model.h"
#include "modelkin/options.h"

namespace modelkin {

struct EncodedText {
  std::optional<std::string> text;  // nothing where ids were given
  std::vector<std::uint64_t> ids;
};

// Encodes for one model, by its tokenizer.json, or byte by byte where that was asked for. Without
// either there is no text, only ids.
class TextCodec {
 public:
  // `texts` has to outlive this. Throws Error(kBadInput) for a text and no tokenizer.json.
  TextCodec(const Texts& texts, const OpenedModel& model);

  // Throws Error(kUsage) where there is no text and no id, Error(kBadInput) for a text that is not
  // UTF-8.
  std::vector<EncodedText> Encode() const;
  // As the tokenizer spells each; none where nothing says.
  std::vector<std::string> TokenTexts(const std::vector<std::uint64_t>& ids) const;
  // The part of the text that each token ends (functional/token_alignment.h).
  std::vector<std::string> PartsOf(const std::vector<std::uint64_t>& ids) const;
  std::optional<std::string> Decode(const std::vector<std::uint64_t>& ids) const;

 private:
  std::vector<std::uint64_t> EncodeOne(const std::string& text) const;

  const Texts& texts_;
  std::unique_ptr<const TextEncoder> encoder_;  // null: none there, or not asked for
};

}  // namespace modelkin

#endif  // MODELKIN_REQUESTS_TEXTS_H_
