#include "source/json_document.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>

namespace modelkin {
namespace {

using nlohmann::json;

constexpr std::size_t kDeepest = 64;  // levels

// Numbers that are not JSON, though Python's json module writes them.
constexpr std::array<std::string_view, 3> kNonFinite = {"NaN", "Infinity", "-Infinity"};

struct QuotedText {
  std::string text;
  std::vector<std::size_t> quotes;  // places in the text of quotes that were not there

  std::size_t PlaceBefore(std::size_t place) const {
    return place -
           static_cast<std::size_t>(std::ranges::lower_bound(quotes, place) - quotes.begin());
  }
};

// Makes strings of them.
QuotedText QuoteNonFinite(std::string_view text) {
  QuotedText quoted;
  bool in_string = false;
  for (std::size_t i = 0; i < text.size();) {
    const auto* const found = std::ranges::find_if(
        kNonFinite, [&](std::string_view word) { return text.substr(i).starts_with(word); });
    std::size_t length = 1;
    if (!in_string && found != kNonFinite.end()) {
      length = found->size();
      quoted.quotes.push_back(quoted.text.size());
      quoted.quotes.push_back(quoted.text.size() + length + 1);
      quoted.text += fmt::format("\"{}\"", *found);
    } else {
      if (text[i] == '"') in_string = !in_string;
      if (in_string && text[i] == '\\' && i + 1 < text.size()) length = 2;
      quoted.text += text.substr(i, length);
    }
    i += length;
  }
  return quoted;
}

// Why a text, or a packed document, is none that can be taken.
enum class JsonFault : std::uint8_t { kNone, kSyntax, kTooDeep, kTooMany, kTooLargeNumber };

// Builds a document event by event, in one pass over the text. Stops at the first level that is too
// deep: the parser of packed documents calls itself for each. The library's own callback for
// parsing takes quadratic time in the members of an object.
class DocumentBuilder : public nlohmann::json_sax<json> {
 public:
  explicit DocumentBuilder(std::uint64_t most_values) : most_values_(most_values) {}

  JsonFault fault() const { return fault_; }
  std::size_t fault_offset() const { return fault_offset_; }
  json Take() { return std::move(root_); }

  bool null() override { return Put(nullptr); }
  bool boolean(bool value) override { return Put(value); }
  bool number_integer(std::int64_t value) override { return Put(value); }
  bool number_unsigned(std::uint64_t value) override { return Put(value); }
  bool number_float(double value, const std::string&) override { return Put(value); }
  bool string(std::string& value) override { return Put(std::move(value)); }
  bool binary(json::binary_t& value) override { return Put(std::move(value)); }
  bool start_object(std::size_t) override { return Enter(json::value_t::object); }
  bool start_array(std::size_t) override { return Enter(json::value_t::array); }
  bool end_object() override { return Leave(); }
  bool end_array() override { return Leave(); }
  bool key(std::string& name) override {
    member_ = &open_.back()->get_ref<json::object_t&>()[std::move(name)];
    return true;
  }
  bool parse_error(std::size_t position, const std::string&,
                   const json::exception& error) override {
    constexpr int kNumberOverflow = 406;  // of the library's numbers of errors
    fault_ = error.id == kNumberOverflow ? JsonFault::kTooLargeNumber : JsonFault::kSyntax;
    fault_offset_ = position == 0 ? 0 : position - 1;
    return false;
  }

 private:
  // A member that occurs twice has the last of its values.
  template <class Value>
  bool Put(Value&& value) {
    if (values_++ == most_values_) return Stop(JsonFault::kTooMany);
    if (open_.empty()) {
      last_ = &(root_ = std::forward<Value>(value));
    } else if (open_.back()->is_array()) {
      last_ = &open_.back()->get_ref<json::array_t&>().emplace_back(std::forward<Value>(value));
    } else {
      last_ = &(*member_ = std::forward<Value>(value));
    }
    return true;
  }

  bool Enter(json::value_t kind) {
    if (open_.size() >= kDeepest) return Stop(JsonFault::kTooDeep);
    if (!Put(kind)) return false;
    open_.push_back(last_);
    return true;
  }

  bool Leave() {
    open_.pop_back();
    return true;
  }

  bool Stop(JsonFault fault) {
    fault_ = fault;
    return false;
  }

  std::uint64_t most_values_, values_ = 0;
  json root_;
  std::vector<json*> open_;  // objects and arrays that have not ended, the outermost first
  json* member_ = nullptr;   // whose name was read last
  json* last_ = nullptr;     // value
  JsonFault fault_ = JsonFault::kNone;
  std::size_t fault_offset_ = 0;
};

// `place_of` leads from a place in what was parsed to one in the file.
template <class PlaceOf>
json TakeDocument(DocumentBuilder& builder, const std::string& label, const Said& what,
                  PlaceOf&& place_of) {
  switch (builder.fault()) {
    case JsonFault::kNone: return builder.Take();
    case JsonFault::kTooDeep: throw JsonError(label, {"is nested too deeply", "너무 깊이 중첩됨"});
    case JsonFault::kTooMany: throw JsonError(label, {"holds too many values", "값이 너무 많음"});
    case JsonFault::kTooLargeNumber:
      throw JsonError(label, {"holds a number that is too large", "너무 큰 수가 있음"});
    case JsonFault::kSyntax: break;
  }
  throw JsonError(label, what, place_of(builder.fault_offset()));
}

Said NotJson() { return {"is not JSON", "JSON이 아님"}; }

json ParseText(const std::string& label, std::string_view text, std::uint64_t most_values) {
  DocumentBuilder builder(most_values);
  json::sax_parse(text, &builder);
  const bool may_be_python = builder.fault() == JsonFault::kSyntax &&
                             std::ranges::any_of(kNonFinite, [&](std::string_view word) {
                               return text.find(word) != std::string_view::npos;
                             });
  if (!may_be_python) {
    return TakeDocument(builder, label, NotJson(), [](std::size_t place) { return place; });
  }
  const QuotedText quoted = QuoteNonFinite(text);
  DocumentBuilder again(most_values);
  json::sax_parse(quoted.text, &again);
  return TakeDocument(again, label, NotJson(),
                      [&](std::size_t place) { return quoted.PlaceBefore(place); });
}

Said WithPlace(const Said& fault, std::optional<std::uint64_t> offset_bytes) {
  return offset_bytes ? Say("{} (byte {})", "{}(바이트 {})", fault, *offset_bytes) : fault;
}

}  // namespace

JsonError::JsonError(const std::string& file, const Said& fault,
                     std::optional<std::uint64_t> offset_bytes)
    : Error(ErrorKind::kBadInput, fault.english,
            {.file = file, .tensor = {}, .offset_bytes = offset_bytes}),
      fault_(WithPlace(fault, offset_bytes)) {}

json ReadJsonObject(const ByteSource& file, std::uint64_t largest_bytes,
                    std::uint64_t most_values) {
  if (file.size_bytes() > largest_bytes) {
    throw JsonError(file.label(),
                    Say("is {} bytes long; at most {} make sense", "{}바이트로 너무 큼(최대 {})",
                        file.size_bytes(), largest_bytes));
  }
  std::vector<std::byte> scratch;
  const auto bytes = file.Read(0, file.size_bytes(), scratch);
  json value = ParseText(file.label(), {reinterpret_cast<const char*>(bytes.data()), bytes.size()},
                         most_values);
  if (!value.is_object()) {
    throw JsonError(file.label(), {"is not a JSON object", "JSON 객체가 아님"});
  }
  return value;
}

json ParsePackedJson(const std::string& label, std::string_view bytes) {
  DocumentBuilder builder(bytes.size());  // none is smaller than a byte
  json::sax_parse(bytes, &builder, json::input_format_t::msgpack);
  return TakeDocument(builder, label, {"is not MessagePack", "MessagePack이 아님"},
                      [](std::size_t place) { return place; });
}

std::string PackJson(const json& value) {
  std::string bytes;
  json::to_msgpack(value, bytes);
  return bytes;
}

}  // namespace modelkin
