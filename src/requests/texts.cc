#include "requests/texts.h"

#include <fmt/format.h>

#include "base/error.h"

namespace modelkin {

TextCodec::TextCodec(const Texts& texts, const OpenedModel& model) : texts_(texts) {
  if (texts.bytes) return;
  try {
    encoder_ = model.MakeTextEncoder();
  } catch (const Error& error) {
    // Ids need none.
    if (error.is_failure_of_system() || !texts.texts.empty()) throw;
  }
}

std::vector<std::uint64_t> TextCodec::EncodeOne(const std::string& text) const {
  if (encoder_ == nullptr) {
    const auto* const bytes = reinterpret_cast<const unsigned char*>(text.data());
    return {bytes, bytes + text.size()};
  }
  const std::vector<std::uint32_t> ids = encoder_->Encode(text);
  return {ids.begin(), ids.end()};
}

std::vector<EncodedText> TextCodec::Encode() const {
  std::vector<EncodedText> encoded;
  for (const std::string& text : texts_.texts) {
    try {
      encoded.push_back({text, EncodeOne(text)});
    } catch (const Error& error) {
      throw Error(error.kind(), error.message(),
                  {.file = fmt::format("text {}", encoded.size() + 1),
                   .tensor = "",
                   .offset_bytes = error.site().offset_bytes});
    }
  }
  for (const auto& ids : texts_.ids) encoded.push_back({{}, ids});
  if (encoded.empty()) {
    throw Error(ErrorKind::kUsage, "there is no text: give --text, --texts or --ids");
  }
  return encoded;
}

std::vector<std::string> TextCodec::TokenTexts(const std::vector<std::uint64_t>& ids) const {
  std::vector<std::string> texts;
  if (!texts_.bytes && encoder_ == nullptr) return texts;
  texts.reserve(ids.size());
  for (const std::uint64_t id : ids) {
    if (texts_.bytes) {
      texts.push_back(id < 256 ? std::string(1, static_cast<char>(id)) : "");
      continue;
    }
    try {
      texts.push_back(encoder_->TokenText(static_cast<std::uint32_t>(id)));
    } catch (const Error&) {
      texts.emplace_back();  // a row of a padded embedding
    }
  }
  return texts;
}

std::vector<std::string> TextCodec::PartsOf(const std::vector<std::uint64_t>& ids) const {
  std::vector<std::string> parts;
  parts.reserve(ids.size());
  for (std::size_t count = 1; count <= ids.size(); ++count) {
    const auto end = ids.begin() + static_cast<std::ptrdiff_t>(count);
    parts.push_back(Decode({ids.begin(), end}).value_or(""));
  }
  return parts;
}

std::optional<std::string> TextCodec::Decode(const std::vector<std::uint64_t>& ids) const {
  if (texts_.bytes) {
    std::string text;
    for (const std::uint64_t id : ids) text += static_cast<char>(id);
    return text;
  }
  if (encoder_ == nullptr) return std::nullopt;
  const std::vector<std::uint32_t> narrow(ids.begin(), ids.end());
  return encoder_->Decode(narrow, true);
}

}  // namespace modelkin
