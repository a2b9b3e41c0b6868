// Pieces that the JSON writers share. JSON is written member by member and never held whole, so
// that memory does not grow with the number of tensors.
#ifndef MODELKIN_REPORT_JSON_OUTPUT_H_
#define MODELKIN_REPORT_JSON_OUTPUT_H_

#include <cstdint>
#include <functional>
#include <initializer_list>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/named_fields.h"
#include "model/input_record.h"
#include "report/text_sink.h"
#include "requests/compare.h"

namespace modelkin {

using Json = nlohmann::ordered_json;

// kPage: small enough for the report's page. Numbers have 6 digits, controls in texts are shown as
// escapes, and of lists with an entry for each tensor or MLP only the members are left that the
// page reads (web/src/data.ts).
enum class JsonDetail : std::uint8_t { kWhole, kPage };

// Gives the next item of an array; false at its end.
using NextItem = std::function<bool(Json&)>;

// An object or array written one member or item to a line.
class JsonObjectWriter {
 public:
  explicit JsonObjectWriter(const TextSink& sink, JsonDetail detail = JsonDetail::kWhole);
  JsonDetail detail() const { return detail_; }
  void Member(std::string_view name, const Json& value);
  // A member that `write` writes.
  void WrittenMember(std::string_view name, const std::function<void(const TextSink&)>& write);
  void ArrayMember(std::string_view name, const NextItem& next);
  // The same of a list with an entry for each tensor: of each item the page reads `on_page` alone,
  // where they are not null; it reads no item where `on_page` is empty.
  void ArrayMember(std::string_view name, const NextItem& next,
                   std::initializer_list<std::string_view> on_page);
  void End();

 private:
  void Name(std::string_view name);

  const TextSink& sink_;
  JsonDetail detail_;
  bool empty_ = true;
};

// Null where it is not finite: JSON has no NaN and no infinity.
Json Number(double value);

template <class Value>
Json OrNull(const std::optional<Value>& value) {
  return value ? Json(*value) : Json(nullptr);
}

// One line; invalid UTF-8 (possible in paths) is replaced, and controls are escapes.
std::string Dump(const Json& value);

// A value of a named field. Numbers that are not finite, and what is not there, are null.
inline Json ValueJson(double value) { return Number(value); }
template <class Value>
Json ValueJson(const Value& value) {
  return value;
}
template <class Value>
Json ValueJson(const std::optional<Value>& value) {
  return value ? ValueJson(*value) : Json(nullptr);
}
template <class Value>
Json ValueJson(const std::vector<Value>& values) {
  Json list = Json::array();
  for (const Value& value : values) list.push_back(ValueJson(value));
  return list;
}

// Adds the members that the struct's list names (base/named_fields.h).
template <class Struct>
void AddNamedFields(const Struct& value, Json& object) {
  ForEachNamedField(value, [&](std::string_view name, const auto& member) {
    object[std::string(name)] = ValueJson(member);
  });
}
template <class Struct>
Json NamedFieldsJson(const Struct& value) {
  Json object = Json::object();
  AddNamedFields(value, object);
  return object;
}

Json ToolJson();
// `request`: as RecordedRequest has it; null for what is not made again.
Json RunJson(const RunRecord& run, Json request = nullptr);
Json InputJson(const InputRecord& input);

}  // namespace modelkin

#endif  // MODELKIN_REPORT_JSON_OUTPUT_H_
