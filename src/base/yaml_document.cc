#include "base/yaml_document.h"

#include <fmt/format.h>
#include <yaml.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>
#include <optional>
#include <utility>

#include "base/error.h"
#include "base/escaped_text.h"

namespace modelkin {
namespace {

bool IsOneOf(std::string_view text, std::initializer_list<std::string_view> words) {
  return std::ranges::find(words, text) != words.end();
}

bool IsNull(std::string_view scalar) { return IsOneOf(scalar, {"", "~", "null", "Null", "NULL"}); }

std::size_t DigitsAt(std::string_view text, std::size_t at) {
  std::size_t count = 0;
  while (at + count < text.size() && text[at + count] >= '0' && text[at + count] <= '9') ++count;
  return count;
}

// [-+]? ( . [0-9]+ | [0-9]+ ( . [0-9]* )? ) ( [eE] [-+]? [0-9]+ )?
bool IsDecimal(std::string_view text) {
  std::size_t at = !text.empty() && (text[0] == '-' || text[0] == '+') ? 1 : 0;
  const std::size_t whole = DigitsAt(text, at);
  at += whole;
  if (at < text.size() && text[at] == '.') {
    const std::size_t fraction = DigitsAt(text, at + 1);
    if (whole + fraction == 0) return false;
    at += 1 + fraction;
  } else if (whole == 0) {
    return false;
  }
  if (at == text.size()) return true;
  if (text[at] != 'e' && text[at] != 'E') return false;
  ++at;
  if (at < text.size() && (text[at] == '-' || text[at] == '+')) ++at;
  const std::size_t exponent = DigitsAt(text, at);
  return exponent > 0 && at + exponent == text.size();
}

std::optional<nlohmann::json> WholeNumber(std::string_view text) {
  int base = 10;
  std::string_view digits = text;
  if (text.starts_with("0x") || text.starts_with("0o")) {
    base = text[1] == 'x' ? 16 : 8;
    digits.remove_prefix(2);
  } else if (text.starts_with('+')) {
    digits.remove_prefix(1);
    if (digits.starts_with('-')) return std::nullopt;
  }
  const char* const end = digits.data() + digits.size();
  if (base == 10 && digits.starts_with('-')) {
    std::int64_t value = 0;
    const auto [stop, error] = std::from_chars(digits.data(), end, value);
    if (error == std::errc() && stop == end) return value;
    return std::nullopt;
  }
  std::uint64_t value = 0;
  const auto [stop, error] = std::from_chars(digits.data(), end, value, base);
  if (error == std::errc() && stop == end) return value;
  return std::nullopt;
}

// A plain scalar's value by the core schema of YAML 1.2.
nlohmann::json TypedScalar(std::string_view text) {
  if (IsNull(text)) return nullptr;
  if (IsOneOf(text, {"true", "True", "TRUE"})) return true;
  if (IsOneOf(text, {"false", "False", "FALSE"})) return false;
  if (auto whole = WholeNumber(text)) return *std::move(whole);
  if (IsOneOf(text, {".nan", ".NaN", ".NAN"})) return std::numeric_limits<double>::quiet_NaN();
  const bool negative = text.starts_with('-');
  const std::string_view size = text.substr(negative || text.starts_with('+') ? 1 : 0);
  if (IsOneOf(size, {".inf", ".Inf", ".INF"})) return negative ? -HUGE_VAL : HUGE_VAL;
  if (!IsDecimal(text)) return std::string(text);
  double value = 0;
  if (std::from_chars(size.data(), size.data() + size.size(), value).ec ==
      std::errc::result_out_of_range) {
    // Which of both ends it is beyond, from_chars does not say.
    const std::size_t exponent = size.find_first_of("eE");
    const bool tiny = exponent != std::string_view::npos && size.substr(exponent + 1)[0] == '-';
    value = tiny ? 0 : HUGE_VAL;
  }
  return negative ? -value : value;
}

// Owns libyaml's parser, and the event that was read last.
class YamlEvents {
 public:
  YamlEvents(const std::string& label, std::string_view text, const YamlOptions& options)
      : label_(label),
        text_(text),
        first_line_(options.first_line),
        first_byte_(options.first_byte) {
    if (yaml_parser_initialize(&parser_) == 0) throw std::bad_alloc();
    yaml_parser_set_encoding(&parser_, YAML_UTF8_ENCODING);
    yaml_parser_set_input_string(&parser_, reinterpret_cast<const unsigned char*>(text.data()),
                                 text.size());
  }
  ~YamlEvents() {
    yaml_event_delete(&event_);
    yaml_parser_delete(&parser_);
  }
  YamlEvents(const YamlEvents&) = delete;
  YamlEvents& operator=(const YamlEvents&) = delete;

  const yaml_event_t& Next() {
    yaml_event_delete(&event_);
    if (yaml_parser_parse(&parser_, &event_) == 0) FailToParse();
    return event_;
  }
  const yaml_event_t& last() const { return event_; }

  [[noreturn]] void Fail(const yaml_mark_t& at, std::string_view message) const {
    throw Error(ErrorKind::kBadInput, fmt::format("line {}: {}", at.line + first_line_, message),
                {.file = label_, .tensor = {}, .offset_bytes = first_byte_ + ByteOf(at.index)});
  }
  [[noreturn]] void FailHere(std::string_view message) const { Fail(event_.start_mark, message); }

 private:
  // Marks count characters.
  std::size_t ByteOf(std::size_t characters) const {
    std::size_t at = 0;
    while (characters > 0 && at < text_.size()) {
      ++at;
      while (at < text_.size() && (static_cast<unsigned char>(text_[at]) & 0xC0) == 0x80) ++at;
      --characters;
    }
    return at;
  }

  [[noreturn]] void FailToParse() const {
    if (parser_.error == YAML_MEMORY_ERROR) throw std::bad_alloc();
    const char* const problem = parser_.problem == nullptr ? "is broken" : parser_.problem;
    if (parser_.error == YAML_READER_ERROR) {
      throw Error(
          ErrorKind::kBadInput, fmt::format("no YAML: {}", problem),
          {.file = label_, .tensor = {}, .offset_bytes = first_byte_ + parser_.problem_offset});
    }
    Fail(parser_.problem_mark, fmt::format("no YAML: {}", problem));
  }

  const std::string& label_;
  std::string_view text_;
  std::size_t first_line_, first_byte_;
  yaml_parser_t parser_{};
  yaml_event_t event_{};
};

class YamlReader {
 public:
  YamlReader(const std::string& label, std::string_view text, const YamlOptions& options)
      : options_(options), events_(label, text, options) {}

  nlohmann::json ReadAll() {
    events_.Next();  // of the stream
    if (events_.Next().type == YAML_STREAM_END_EVENT) return nullptr;
    events_.Next();  // within the document
    nlohmann::json value = ReadNode(0);
    events_.Next();
    if (events_.Next().type != YAML_STREAM_END_EVENT) events_.FailHere("has a second document");
    return value;
  }

 private:
  // Returns the value that begins at the event that was read last.
  nlohmann::json ReadNode(std::size_t depth) {
    const yaml_event_t& event = events_.last();
    if (++nodes_ > options_.most_nodes) {
      events_.FailHere(fmt::format("has over {} values", options_.most_nodes));
    }
    switch (event.type) {
      case YAML_ALIAS_EVENT: events_.FailHere("has an alias, which is not read here");
      case YAML_SCALAR_EVENT: RefuseTag(event.data.scalar.tag); return ReadScalar(event);
      case YAML_SEQUENCE_START_EVENT:
        RefuseTag(event.data.sequence_start.tag);
        return ReadSequence(depth + 1);
      case YAML_MAPPING_START_EVENT:
        RefuseTag(event.data.mapping_start.tag);
        return ReadMapping(depth + 1);
      default: events_.FailHere("no YAML: a value is missing");
    }
  }

  nlohmann::json ReadScalar(const yaml_event_t& event) const {
    const std::string_view text = TextOf(event);
    if (event.data.scalar.style != YAML_PLAIN_SCALAR_STYLE) return std::string(text);
    if (options_.scalars == YamlScalars::kTyped) return TypedScalar(text);
    return IsNull(text) ? nlohmann::json(nullptr) : nlohmann::json(std::string(text));
  }

  nlohmann::json ReadSequence(std::size_t depth) {
    RefuseDepth(depth);
    nlohmann::json list = nlohmann::json::array();
    while (events_.Next().type != YAML_SEQUENCE_END_EVENT) list.push_back(ReadNode(depth));
    return list;
  }

  nlohmann::json ReadMapping(std::size_t depth) {
    RefuseDepth(depth);
    nlohmann::json object = nlohmann::json::object();
    while (events_.Next().type != YAML_MAPPING_END_EVENT) {
      std::string key = ReadKey();
      if (object.contains(key)) {
        events_.FailHere(fmt::format("has the key \"{}\" twice", Printable(key, 64)));
      }
      events_.Next();
      object.emplace(std::move(key), ReadNode(depth));
    }
    return object;
  }

  std::string ReadKey() {
    const yaml_event_t& event = events_.last();
    if (event.type != YAML_SCALAR_EVENT) {
      events_.FailHere(event.type == YAML_ALIAS_EVENT ? "has an alias, which is not read here"
                                                      : "has a key that is not a word or number");
    }
    RefuseTag(event.data.scalar.tag);
    ++nodes_;
    if (event.data.scalar.style == YAML_PLAIN_SCALAR_STYLE && TextOf(event) == "<<") {
      events_.FailHere("has a merge key (<<), which is not read here");
    }
    return std::string(TextOf(event));
  }

  static std::string_view TextOf(const yaml_event_t& scalar) {
    return {reinterpret_cast<const char*>(scalar.data.scalar.value), scalar.data.scalar.length};
  }
  void RefuseTag(const yaml_char_t* tag) const {
    if (tag != nullptr) events_.FailHere("has a tag (!), which is not read here");
  }
  void RefuseDepth(std::size_t depth) const {
    if (depth > options_.most_depth) {
      events_.FailHere(fmt::format("is nested deeper than {}", options_.most_depth));
    }
  }

  YamlOptions options_;
  YamlEvents events_;
  std::size_t nodes_ = 0;
};

}  // namespace

nlohmann::json ParseYaml(const std::string& label, std::string_view text, YamlOptions options) {
  if (text.size() > options.most_bytes) {
    throw Error(
        ErrorKind::kBadInput,
        fmt::format("has {} bytes of YAML: at most {} are read", text.size(), options.most_bytes),
        {.file = label, .tensor = {}, .offset_bytes = {}});
  }
  return YamlReader(label, text, options).ReadAll();
}

}  // namespace modelkin
