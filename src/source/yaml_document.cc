#include "source/yaml_document.h"

#include <fmt/format.h>
#include <yaml.h>

#include <algorithm>
#include <array>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <utility>
#include <vector>

#include "base/error.h"
#include "base/escaped_text.h"

namespace modelkin {
namespace {

using nlohmann::json;

// Deletes what libyaml allocated for an event.
class YamlEvent {
 public:
  YamlEvent() = default;
  ~YamlEvent() { yaml_event_delete(&event_); }
  YamlEvent(const YamlEvent&) = delete;
  YamlEvent& operator=(const YamlEvent&) = delete;

  yaml_event_t* get() { return &event_; }
  const yaml_event_t& operator*() const { return event_; }
  const yaml_event_t* operator->() const { return &event_; }

 private:
  yaml_event_t event_ = {};
};

std::string_view TextOf(const yaml_char_t* bytes, std::size_t length) {
  return {reinterpret_cast<const char*>(bytes), length};
}

json ScalarOf(const yaml_event_t& event) {
  constexpr std::array<std::string_view, 5> kNothing = {"", "~", "null", "Null", "NULL"};
  const std::string_view text = TextOf(event.data.scalar.value, event.data.scalar.length);
  const bool plain = event.data.scalar.style == YAML_PLAIN_SCALAR_STYLE;
  if (plain && std::ranges::find(kNothing, text) != kNothing.end()) return nullptr;
  return std::string(text);
}

// Builds a document event by event. Its own stack holds what is open, so that depth costs nothing.
class YamlBuilder {
 public:
  YamlBuilder(const std::string& label, std::string_view text, std::uint64_t first_line,
              const YamlLimits& limits)
      : label_(label), first_line_(first_line), limits_(limits) {
    if (yaml_parser_initialize(&parser_) == 0) throw std::bad_alloc();
    yaml_parser_set_input_string(&parser_, reinterpret_cast<const unsigned char*>(text.data()),
                                 text.size());
    yaml_parser_set_encoding(&parser_, YAML_UTF8_ENCODING);
  }
  ~YamlBuilder() { yaml_parser_delete(&parser_); }
  YamlBuilder(const YamlBuilder&) = delete;
  YamlBuilder& operator=(const YamlBuilder&) = delete;

  json Run() {
    while (true) {
      YamlEvent event;
      if (yaml_parser_parse(&parser_, event.get()) == 0) FailParser();
      if (event->type == YAML_STREAM_END_EVENT) return std::move(root_);
      Take(*event);
    }
  }

 private:
  void Take(const yaml_event_t& event) {
    switch (event.type) {
      case YAML_DOCUMENT_START_EVENT:
        if (documents_++ > 0) Fail(event, "holds a second document");
        return;
      case YAML_SCALAR_EVENT:
        Refuse(event, event.data.scalar.anchor, event.data.scalar.tag);
        return TakeScalar(event);
      case YAML_SEQUENCE_START_EVENT:
        Refuse(event, event.data.sequence_start.anchor, event.data.sequence_start.tag);
        return Open(event, json::array());
      case YAML_MAPPING_START_EVENT:
        Refuse(event, event.data.mapping_start.anchor, event.data.mapping_start.tag);
        return Open(event, json::object());
      case YAML_SEQUENCE_END_EVENT:
      case YAML_MAPPING_END_EVENT: open_.pop_back(); return;
      case YAML_ALIAS_EVENT: Fail(event, "has an alias (*), which is not followed");
      case YAML_STREAM_START_EVENT:
      case YAML_STREAM_END_EVENT:
      case YAML_DOCUMENT_END_EVENT:
      case YAML_NO_EVENT: break;
    }
  }

  void TakeScalar(const yaml_event_t& event) {
    if (!WantsKey()) {
      Put(event, ScalarOf(event));
      return;
    }
    Count(event);
    const std::string key(TextOf(event.data.scalar.value, event.data.scalar.length));
    const auto [member, is_new] = open_.back()->get_ref<json::object_t&>().emplace(key, nullptr);
    if (!is_new) Fail(event, fmt::format("has {} twice", Printable(key)));
    member_ = &member->second;
  }

  bool WantsKey() const {
    return !open_.empty() && open_.back()->is_object() && member_ == nullptr;
  }

  json* Put(const yaml_event_t& event, json value) {
    Count(event);
    if (open_.empty()) return &(root_ = std::move(value));
    if (open_.back()->is_array()) {
      return &open_.back()->get_ref<json::array_t&>().emplace_back(std::move(value));
    }
    json* const placed = std::exchange(member_, nullptr);
    *placed = std::move(value);
    return placed;
  }

  void Open(const yaml_event_t& event, json value) {
    if (WantsKey()) Fail(event, "has a key that is no text");
    if (open_.size() >= limits_.levels) Fail(event, "is nested too deeply");
    open_.push_back(Put(event, std::move(value)));
  }

  void Count(const yaml_event_t& event) {
    if (values_++ == limits_.values) Fail(event, "holds too many values");
  }

  void Refuse(const yaml_event_t& event, const yaml_char_t* anchor, const yaml_char_t* tag) const {
    if (anchor != nullptr) Fail(event, "has an anchor (&), which is not followed");
    if (tag != nullptr) Fail(event, "has a tag (!), and nothing is made of those");
  }

  [[noreturn]] void FailAt(std::size_t line, std::string_view message) const {
    throw Error(ErrorKind::kBadInput, fmt::format("line {}: {}", first_line_ + line, message),
                {.file = label_, .tensor = {}, .offset_bytes = {}});
  }
  [[noreturn]] void Fail(const yaml_event_t& event, std::string_view message) const {
    FailAt(event.start_mark.line, message);
  }
  [[noreturn]] void FailParser() const {
    if (parser_.error == YAML_MEMORY_ERROR) throw std::bad_alloc();
    FailAt(parser_.problem_mark.line,
           fmt::format("is not YAML: {}",
                       Printable(parser_.problem == nullptr ? "" : parser_.problem)));
  }

  const std::string& label_;
  std::uint64_t first_line_;
  const YamlLimits& limits_;
  yaml_parser_t parser_ = {};
  json root_;
  std::vector<json*> open_;  // mappings and sequences that have not ended, the outermost first
  json* member_ = nullptr;   // of the innermost, whose key was read last
  std::uint64_t values_ = 0, documents_ = 0;
};

}  // namespace

json ParseYaml(const std::string& label, std::string_view text, std::uint64_t first_line,
               const YamlLimits& limits) {
  if (text.size() > limits.bytes) {
    throw Error(
        ErrorKind::kBadInput,
        fmt::format("has {} bytes of YAML; at most {} make sense", text.size(), limits.bytes),
        {.file = label, .tensor = {}, .offset_bytes = {}});
  }
  return YamlBuilder(label, text, first_line, limits).Run();
}

}  // namespace modelkin
