#include "text_input.h"

#include <fmt/format.h>

#include <charconv>
#include <string_view>

#include "base/error.h"
#include "base/escaped_text.h"
#include "shared_options.h"
#include "source/byte_source.h"
#include "source/mapped_file.h"

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
  const auto file = MapFile(path);
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

void AddTexts(CLI::App& command, TextFlags& flags) {
  AddRepeatable(command, "--text", flags.texts, "A text; again for each further one");
  command
      .add_option("--texts", flags.file, "A file of texts, one a line; empty lines are left out")
      ->type_name("FILE");
  command.add_flag("--bytes", flags.bytes,
                   "Take the bytes of texts as their ids (default: by the model's tokenizer.json)");
}

void AddTextInput(CLI::App& command, TextFlags& flags) {
  AddTexts(command, flags);
  AddRepeatable(command, "--ids", flags.ids,
                "A text as token ids, 1,2,3; again for each further one");
}

Texts ReadTexts(const TextFlags& flags) {
  Texts texts{.texts = flags.texts, .ids = {}, .bytes = flags.bytes};
  if (!flags.file.empty()) {
    const std::vector<std::string> lines = ReadLines(flags.file);
    texts.texts.insert(texts.texts.end(), lines.begin(), lines.end());
  }
  for (const std::string& typed : flags.ids) texts.ids.push_back(ParseIds(typed));
  return texts;
}

}  // namespace modelkin
