#include "model/model_card.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/error.h"
#include "base/yaml_document.h"

namespace modelkin {
namespace {

using nlohmann::json;

constexpr std::size_t kMostNames = 64, kLongestModelName = 256;
constexpr std::size_t kMostNodes = std::size_t{1} << 19;  // results of benchmarks take the most
constexpr std::string_view kFence = "---";

std::string_view WithoutBlanksAtEnd(std::string_view text) {
  const std::size_t last = text.find_last_not_of(" \t\r");
  return last == std::string_view::npos ? std::string_view() : text.substr(0, last + 1);
}

std::string_view TakeLine(std::string_view& text) {
  const std::size_t end = text.find('\n');
  const std::string_view line = text.substr(0, end);
  text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  return line;
}

// What is between the fences; "" where there is no such block.
std::string_view MetadataOf(std::string_view card) {
  constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";
  if (card.starts_with(kByteOrderMark)) card.remove_prefix(kByteOrderMark.size());
  if (WithoutBlanksAtEnd(TakeLine(card)) != kFence) return {};
  const char* const begin = card.data();
  while (!card.empty()) {
    const char* const line_begin = card.data();
    if (WithoutBlanksAtEnd(TakeLine(card)) == kFence) {
      return {begin, static_cast<std::size_t>(line_begin - begin)};
    }
  }
  return {};
}

[[noreturn]] void FailCard(const std::string& label, std::string_view message) {
  throw Error(ErrorKind::kBadInput, message, {.file = label, .tensor = {}, .offset_bytes = {}});
}

std::string TextOfKey(const std::string& label, const json& metadata, const char* key) {
  const auto found = metadata.find(key);
  if (found == metadata.end() || found->is_null()) return "";
  if (!found->is_string() || found->get_ref<const std::string&>().size() > kLongestModelName) {
    FailCard(label, fmt::format("its {} is no short text", key));
  }
  return found->get<std::string>();
}

// A name, or several.
std::vector<std::string> NamesOfKey(const std::string& label, const json& metadata,
                                    const char* key) {
  const auto found = metadata.find(key);
  if (found == metadata.end() || found->is_null()) return {};
  const json names = found->is_array() ? *found : json::array({*found});
  if (names.size() > kMostNames) {
    FailCard(label, fmt::format("its {} has {} names; at most {} make sense", key, names.size(),
                                kMostNames));
  }
  std::vector<std::string> read;
  for (const json& name : names) {
    const bool fits = name.is_string() && !name.get_ref<const std::string&>().empty() &&
                      name.get_ref<const std::string&>().size() <= kLongestModelName;
    if (!fits) FailCard(label, fmt::format("its {} is no name, and no list of names", key));
    read.push_back(name.get<std::string>());
  }
  return read;
}

bool IsPlainName(const std::string& name) {
  return std::ranges::all_of(name, [](char c) {
    return ('a' <= c && c <= 'z') || ('A' <= c && c <= 'Z') || ('0' <= c && c <= '9') ||
           std::string_view("-_./").find(c) != std::string_view::npos;
  });
}

}  // namespace

DeclaredOrigin ReadModelCard(const std::string& label, std::string_view card) {
  const std::string_view text = MetadataOf(card);
  if (text.empty()) return {};
  const json metadata =
      ParseYaml(label, text,
                {.most_bytes = kLargestModelCard,
                 .most_nodes = kMostNodes,
                 .first_line = 2,
                 .first_byte = static_cast<std::size_t>(text.data() - card.data()),
                 .scalars = YamlScalars::kText});
  if (!metadata.is_object()) return {};
  DeclaredOrigin origin{.bases = NamesOfKey(label, metadata, "base_model"),
                        .relation = TextOfKey(label, metadata, "base_model_relation"),
                        .license = {}};
  const auto license = metadata.find("license");  // a list in some cards, and of no matter here
  if (license != metadata.end() && license->is_string()) {
    origin.license = TextOfKey(label, metadata, "license");
  }
  return origin;
}

std::vector<std::string> DeclaredBaseModels(std::string_view card) {
  std::vector<std::string> names;
  try {
    names = ReadModelCard("", card).bases;
  } catch (const Error& error) {
    if (error.is_failure_of_system()) throw;
  }
  std::erase_if(names, [](const std::string& name) { return !IsPlainName(name); });
  return names;
}

}  // namespace modelkin
