#include "text_input.h"

#include <fmt/format.h>

#include <charconv>
#include <string_view>

#include "base/error.h"
#include "shared_options.h"
#include "source/byte_source.h"

namespace modelkin {
namespace {

constexpr std::uint64_t kLargestTextFile = std::uint64_t{64} << 20;

// "1,2,3"
std::vector<std::uint64_t> ParseIds(std::string_view typed) {
  std::vector<std::uint64_t> ids;
  std::size_t begin = 0;
  while (begin <= typed.size()) {
    const std::size_t end = std::min(typed.find(',', begin), typed.size());
    const std::string_view item = typed.substr(begin, end - begin);
    std::uint64_t id = 0;
    const auto [rest, failure] = std::from_chars(item.data(), item.data() + item.size(), id);
    if (failure != std::errc() || rest != item.data() + item.size()) {
      throw Error(
          ErrorKind::kUsage,
          fmt::format("--ids: \"{}\" is not a token id; a text is written 1,2,3", Printable(item)));
    }
    ids.push_back(id);
    begin = end + 1;
  }
  return ids;
}

std::vector<std::string> ReadLines(const std::string& path) {
  const auto file = OpenFile(path);
  if (file->size_bytes() > kLargestTextFile) {
    throw Error(ErrorKind::kBadInput, "is larger than 64 MiB of texts",
                {.file = path, .tensor = "", .offset_bytes = {}});
  }
  std::vector<std::byte> scratch;
  const auto bytes = file->Read(0, file->size_bytes(), scratch);
  const std::string_view all(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  std::vector<std::string> lines;
  for (std::size_t begin = 0; begin < all.size();) {
    const std::size_t end = std::min(all.find('\n', begin), all.size());
    std::string_view line = all.substr(begin, end - begin);
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (!line.empty()) lines.emplace_back(line);
    begin = end + 1;
  }
  return lines;
}

}  // namespace

void AddTexts(CLI::App& command, TextInput& input) {
  AddRepeatable(command, "--text", input.texts, "A text; again for each further one");
  command
      .add_option("--texts", input.file, "A file of texts, one a line; empty lines are left out")
      ->type_name("FILE");
  command.add_flag("--bytes", input.bytes,
                   "Take the bytes of texts as their ids (default: by the model's tokenizer.json)");
}

void AddTextInput(CLI::App& command, TextInput& input) {
  AddTexts(command, input);
  AddRepeatable(command, "--ids", input.ids,
                "A text as token ids, 1,2,3; again for each further one");
}

std::vector<std::string> ReadTexts(const TextInput& input) {
  std::vector<std::string> texts = input.texts;
  if (!input.file.empty()) {
    const std::vector<std::string> lines = ReadLines(input.file);
    texts.insert(texts.end(), lines.begin(), lines.end());
  }
  return texts;
}

TextCodec::TextCodec(const TextInput& input, const std::string& model)
    : input_(input), model_(model) {
  if (input.bytes) return;
  try {
    encoder_ = OpenTextEncoder(model);
  } catch (const Error& error) {
    // Ids need none.
    if (error.is_failure_of_system() || !input.texts.empty() || !input.file.empty()) throw;
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
  for (const std::string& text : ReadTexts(input_)) {
    try {
      encoded.push_back({text, EncodeOne(text)});
    } catch (const Error& error) {
      throw Error(error.kind(), error.message(),
                  {.file = fmt::format("text {}", encoded.size() + 1),
                   .tensor = "",
                   .offset_bytes = error.site().offset_bytes});
    }
  }
  for (const std::string& typed : input_.ids) encoded.push_back({{}, ParseIds(typed)});
  if (encoded.empty()) {
    throw Error(ErrorKind::kUsage, "there is no text: give --text, --texts or --ids");
  }
  return encoded;
}

std::vector<std::string> TextCodec::TokenTexts(const std::vector<std::uint64_t>& ids) const {
  std::vector<std::string> texts;
  if (!input_.bytes && encoder_ == nullptr) return texts;
  texts.reserve(ids.size());
  for (const std::uint64_t id : ids) {
    if (input_.bytes) {
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
  if (input_.bytes) {
    std::string text;
    for (const std::uint64_t id : ids) text += static_cast<char>(id);
    return text;
  }
  if (encoder_ == nullptr) return std::nullopt;
  const std::vector<std::uint32_t> narrow(ids.begin(), ids.end());
  return encoder_->Decode(narrow, true);
}

}  // namespace modelkin
