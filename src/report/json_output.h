// Pieces that the JSON writers share. JSON is written member by member and never held whole, so
// that memory does not grow with the number of tensors.
#ifndef MODELKIN_REPORT_JSON_OUTPUT_H_
#define MODELKIN_REPORT_JSON_OUTPUT_H_

#include <functional>
#include <nlohmann/json.hpp>
#include <optional>
#include <string_view>

#include "checkpoint/input_record.h"
#include "report/compare_results.h"
#include "report/text_sink.h"

namespace modelkin {

using Json = nlohmann::ordered_json;

// An object or array written one member or item to a line.
class JsonObjectWriter {
 public:
  explicit JsonObjectWriter(const TextSink& sink);
  void Member(std::string_view name, const Json& value);
  // An array member whose items come from `next`, called until it returns false.
  void ArrayMember(std::string_view name, const std::function<bool(Json&)>& next);
  void End();

 private:
  void Name(std::string_view name);

  const TextSink& sink_;
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

Json ToolJson();
Json RunJson(const RunRecord& run);
Json InputJson(const InputRecord& input);

}  // namespace modelkin

#endif  // MODELKIN_REPORT_JSON_OUTPUT_H_
