#include "report/json_output.h"

#include <fmt/format.h>

#include <cmath>
#include <cstdlib>
#include <utility>

#include "base/escaped_text.h"
#include "requests/tool_version.h"

namespace modelkin {
namespace {

Json Simplified(Json value) {
  if (value.is_structured()) {
    for (Json& part : value) part = Simplified(std::move(part));
  } else if (value.is_string()) {
    value = WithoutControls(value.get<std::string>());
  } else if (value.is_number_float()) {
    value = std::strtod(fmt::format("{:.6g}", value.get<double>()).c_str(), nullptr);
  }
  return value;
}

}  // namespace

std::string Dump(const Json& value) {
  return AsciiControlsJson(value.dump(-1, ' ', false, Json::error_handler_t::replace));
}

JsonObjectWriter::JsonObjectWriter(const TextSink& sink, JsonDetail detail)
    : sink_(sink), detail_(detail) {
  sink_("{");
}

void JsonObjectWriter::Name(std::string_view name) {
  sink_(empty_ ? "\n" : ",\n");
  empty_ = false;
  sink_(Dump(Json(name)) + ": ");
}

void JsonObjectWriter::Member(std::string_view name, const Json& value) {
  Name(name);
  sink_(Dump(detail_ == JsonDetail::kPage ? Simplified(value) : value));
}

void JsonObjectWriter::WrittenMember(std::string_view name,
                                     const std::function<void(const TextSink&)>& write) {
  Name(name);
  write(sink_);
}

void JsonObjectWriter::ArrayMember(std::string_view name, const NextItem& next) {
  Name(name);
  sink_("[");
  bool first = true;
  for (Json item; next(item); item = nullptr, first = false) {
    sink_(first ? "\n  " : ",\n  ");
    if (detail_ == JsonDetail::kPage) item = Simplified(std::move(item));
    sink_(Dump(item));
  }
  sink_(first ? "]" : "\n]");
}

void JsonObjectWriter::ArrayMember(std::string_view name, const NextItem& next,
                                   std::initializer_list<std::string_view> on_page) {
  if (detail_ == JsonDetail::kWhole) return ArrayMember(name, next);
  if (on_page.size() == 0) return Member(name, Json::array());
  ArrayMember(name, [&](Json& item) {
    Json whole;
    if (!next(whole)) return false;
    item = Json::object();
    for (const std::string_view member : on_page) {
      const auto found = whole.find(member);
      if (found != whole.end() && !found->is_null()) item[std::string(member)] = *found;
    }
    return true;
  });
}

void JsonObjectWriter::End() { sink_("\n}\n"); }

Json Number(double value) { return std::isfinite(value) ? Json(value) : Json(nullptr); }

Json ToolJson() { return {{"name", "modelkin"}, {"version", kToolVersion}}; }

Json RunJson(const RunRecord& run, Json request) {
  Json record = {{"command", run.command},
                 {"arguments", run.arguments},
                 {"threads", run.threads},
                 {"simd_target", run.simd_target}};
  if (!request.is_null()) record["request"] = std::move(request);
  return record;
}

Json InputJson(const InputRecord& input) {
  Json files = Json::array();
  for (const FileRecord& file : input.files) {
    files.push_back({{"name", file.name},
                     {"bytes", file.bytes},
                     {"header_sha256", file.header_sha256},
                     {"sha256", file.sha256 ? Json(*file.sha256) : Json(nullptr)}});
  }
  std::vector<std::string_view> codings;
  codings.reserve(input.packed.codings.size());
  for (const Coding coding : input.packed.codings) codings.push_back(CodingName(coding));
  return {{"id", input.id.Name()},
          {"path", input.path},
          {"resolved", input.resolved},
          {"tensors", input.tensors},
          {"elements", input.elements},
          {"bytes", input.bytes},
          {"bytes_by_dtype", input.bytes_by_dtype},
          {"packed",
           {{"tensors", input.packed.tensors},
            {"companions", input.packed.companions},
            {"parameters", input.packed.parameters},
            {"share", input.packed.share()},
            {"codings", codings}}},
          {"warnings", InEnglish(input.warnings)},
          {"files", std::move(files)}};
}

}  // namespace modelkin
