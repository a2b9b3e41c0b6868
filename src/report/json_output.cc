#include "report/json_output.h"

#include <cmath>

#include "base/escaped_text.h"

namespace modelkin {

std::string Dump(const Json& value) {
  return AsciiControlsJson(value.dump(-1, ' ', false, Json::error_handler_t::replace));
}

JsonObjectWriter::JsonObjectWriter(const TextSink& sink) : sink_(sink) { sink_("{"); }

void JsonObjectWriter::Name(std::string_view name) {
  sink_(empty_ ? "\n" : ",\n");
  empty_ = false;
  sink_(Dump(Json(name)) + ": ");
}

void JsonObjectWriter::Member(std::string_view name, const Json& value) {
  Name(name);
  sink_(Dump(value));
}

void JsonObjectWriter::ArrayMember(std::string_view name, const std::function<bool(Json&)>& next) {
  Name(name);
  sink_("[");
  bool first = true;
  for (Json item; next(item); item = nullptr, first = false) {
    sink_(first ? "\n  " : ",\n  ");
    sink_(Dump(item));
  }
  sink_(first ? "]" : "\n]");
}

void JsonObjectWriter::End() { sink_("\n}\n"); }

Json Number(double value) { return std::isfinite(value) ? Json(value) : Json(nullptr); }

Json ToolJson() { return {{"name", "modelkin"}, {"version", kToolVersion}}; }

Json RunJson(const RunRecord& run) {
  return {{"command", run.command},
          {"arguments", run.arguments},
          {"threads", run.threads},
          {"simd_target", run.simd_target}};
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
  return {{"id", input.id},
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
          {"warnings", input.warnings},
          {"files", std::move(files)}};
}

}  // namespace modelkin
