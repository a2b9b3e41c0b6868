#include "source/json_document.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>

#include "base/error.h"

namespace modelkin {
namespace {

using nlohmann::json;

constexpr int kDeepest = 64;

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

// Stops at the first level that is too deep, and at what is not JSON.
class DepthCounter : public nlohmann::json_sax<json> {
 public:
  bool is_too_deep() const { return depth_ > kDeepest; }

  bool null() override { return true; }
  bool boolean(bool) override { return true; }
  bool number_integer(std::int64_t) override { return true; }
  bool number_unsigned(std::uint64_t) override { return true; }
  bool number_float(double, const std::string&) override { return true; }
  bool string(std::string&) override { return true; }
  bool binary(json::binary_t&) override { return true; }
  bool key(std::string&) override { return true; }
  bool start_object(std::size_t) override { return Enter(); }
  bool start_array(std::size_t) override { return Enter(); }
  bool end_object() override { return Leave(); }
  bool end_array() override { return Leave(); }
  bool parse_error(std::size_t, const std::string&, const json::exception&) override {
    return false;
  }

 private:
  bool Enter() { return ++depth_ <= kDeepest; }
  bool Leave() {
    --depth_;
    return true;
  }

  int depth_ = 0;
};

class Document {
 public:
  explicit Document(const ByteSource& file) : file_(file) {}

  json Parse(std::string_view text) const {
    try {
      return ParseStrictly(text);
    } catch (const json::parse_error& error) {
      if (std::ranges::none_of(kNonFinite, [&](std::string_view word) {
            return text.find(word) != std::string_view::npos;
          })) {
        Fail("is not JSON", OffsetOf(error));
      }
    }
    const QuotedText quoted = QuoteNonFinite(text);
    try {
      return ParseStrictly(quoted.text);
    } catch (const json::parse_error& error) {
      Fail("is not JSON", quoted.PlaceBefore(OffsetOf(error)));
    }
  }

  [[noreturn]] void Fail(std::string_view message,
                         std::optional<std::uint64_t> offset_bytes = {}) const {
    throw Error(ErrorKind::kBadInput, message,
                {.file = file_.label(), .tensor = {}, .offset_bytes = offset_bytes});
  }

 private:
  // Levels are counted in a pass of their own: the library's callback for parsing takes quadratic
  // time in the members of an object.
  json ParseStrictly(std::string_view text) const {
    DepthCounter depth;
    json::sax_parse(text, &depth);
    if (depth.is_too_deep()) Fail("is nested too deeply");
    try {
      return json::parse(text);
    } catch (const json::out_of_range&) {
      Fail("holds a number that is too large");
    }
  }

  static std::size_t OffsetOf(const json::parse_error& error) {
    return error.byte == 0 ? 0 : error.byte - 1;
  }

  const ByteSource& file_;
};

}  // namespace

json ReadJsonObject(const ByteSource& file, std::uint64_t largest_bytes) {
  const Document document(file);
  if (file.size_bytes() > largest_bytes) {
    document.Fail(
        fmt::format("is {} bytes long; at most {} make sense", file.size_bytes(), largest_bytes));
  }
  std::vector<std::byte> scratch;
  const auto bytes = file.Read(0, file.size_bytes(), scratch);
  json value = document.Parse({reinterpret_cast<const char*>(bytes.data()), bytes.size()});
  if (!value.is_object()) document.Fail("is not a JSON object");
  return value;
}

}  // namespace modelkin
