#include "requests/recorded_request.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <limits>
#include <optional>
#include <utility>

#include "base/error.h"
#include "base/escaped_text.h"
#include "kernels/simd_target.h"
#include "requests/request_fields.h"

namespace modelkin {
namespace {

using Json = nlohmann::ordered_json;
using nlohmann::json;

// More than requests have that were made: what is recomputed has to end.
constexpr std::size_t kMostInputs = 10'000;
constexpr std::uint64_t kMostDraws = 10'000'000;

// In the order of their values.
template <class Enum>
constexpr std::array<std::string_view, 0> kValueNames = {};
template <>
constexpr std::array<std::string_view, 3> kValueNames<DigestPolicy> = {"auto", "always", "never"};
template <>
constexpr std::array<std::string_view, kComponentCount> kValueNames<Component> = kComponentNames;
template <>
constexpr std::array<std::string_view, 3> kValueNames<Effort> = kEffortNames;
template <>
constexpr std::array<std::string_view, 3> kValueNames<HeritageExtent> = kHeritageExtentNames;
template <>
constexpr std::array<std::string_view, 3> kValueNames<FingerprintExtent> = kFingerprintExtentNames;

Json ValueJson(bool value) { return value; }
Json ValueJson(std::uint64_t value) { return value; }
Json ValueJson(const std::string& value) { return value; }
template <class Enum>
  requires std::is_enum_v<Enum>
Json ValueJson(Enum value) {
  return kValueNames<Enum>[static_cast<std::size_t>(value)];
}
Json ValueJson(const LayerRange& range) { return {range.first, range.second}; }
Json ValueJson(const RenameRule& rule) { return {rule.pattern, rule.replacement}; }
template <class Value>
Json ValueJson(const std::vector<Value>& values) {
  Json list = Json::array();
  for (const Value& value : values) list.push_back(ValueJson(value));
  return list;
}
Json ValueJson(const std::optional<Texts>& texts) {
  if (!texts) return nullptr;
  return {{"texts", ValueJson(texts->texts)}, {"bytes", texts->bytes}};
}

// Of the file's members, which may be anything.
class RequestReader {
 public:
  RequestReader(const std::string& file, const json& request) : file_(file), request_(request) {}

  template <class Value>
  void operator()(const char* name, Value& value) const {
    const auto found = request_.find(name);
    if (found == request_.end()) Fail(fmt::format("does not say \"{}\" of its request", name));
    if (!Read(*found, value)) {
      Fail(fmt::format("has a request whose \"{}\" is of another type", name));
    }
  }

  bool Has(const char* name) const { return request_.contains(name); }

  [[noreturn]] void Fail(std::string_view message) const {
    throw Error(ErrorKind::kBadInput, message, {.file = file_, .tensor = {}, .offset_bytes = {}});
  }

 private:
  static bool Read(const json& from, bool& value) {
    return from.is_boolean() && (value = from.get<bool>(), true);
  }
  template <class Number>
    requires std::is_same_v<Number, std::uint64_t> || std::is_same_v<Number, std::uint32_t>
  static bool Read(const json& from, Number& value) {
    if (!from.is_number_unsigned()) return false;
    const auto number = from.get<std::uint64_t>();
    value = static_cast<Number>(number);
    return number <= std::numeric_limits<Number>::max();
  }
  static bool Read(const json& from, std::string& value) {
    return from.is_string() && (value = from.get<std::string>(), true);
  }
  template <class Enum>
    requires std::is_enum_v<Enum>
  static bool Read(const json& from, Enum& value) {
    const auto& names = kValueNames<Enum>;
    const auto found =
        from.is_string() ? std::ranges::find(names, from.get<std::string>()) : names.end();
    value = static_cast<Enum>(found - names.begin());
    return found != names.end();
  }
  template <class First, class Second>
  static bool ReadTwo(const json& from, First& first, Second& second) {
    return from.is_array() && from.size() == 2 && Read(from[0], first) && Read(from[1], second);
  }
  static bool Read(const json& from, LayerRange& value) {
    return ReadTwo(from, value.first, value.second);
  }
  static bool Read(const json& from, RenameRule& value) {
    return ReadTwo(from, value.pattern, value.replacement);
  }
  template <class Value>
  static bool Read(const json& from, std::vector<Value>& values) {
    if (!from.is_array()) return false;
    values.resize(from.size());
    for (std::size_t i = 0; i < values.size(); ++i) {
      if (!Read(from[i], values[i])) return false;
    }
    return true;
  }
  static bool Read(const json& from, std::optional<Texts>& value) {
    if (from.is_null()) return true;
    if (!from.is_object() || !from.contains("texts") || !from.contains("bytes")) return false;
    value.emplace();
    return Read(from["texts"], value->texts) && Read(from["bytes"], value->bytes);
  }

  const std::string& file_;
  const json& request_;
};

// Where the inputs of recorded results are, by their ids.
class RecordedInputs {
 public:
  RecordedInputs(const RequestReader& reader, const json& results,
                 std::map<std::string, std::string> places)
      : reader_(reader) {
    const auto inputs = results.find("inputs");
    if (inputs == results.end() || !inputs->is_array()) reader.Fail("does not name its inputs");
    if (inputs->size() > kMostInputs) {
      reader.Fail(
          fmt::format("names {} inputs; at most {} make sense", inputs->size(), kMostInputs));
    }
    for (const json& input : *inputs) {
      const std::string id = Text(input, "id");
      std::string path = Text(input, "resolved");
      if (path.empty()) path = Text(input, "path");
      const auto place = places.find(id);
      if (place != places.end()) path = place->second;
      if (place != places.end()) places.erase(place);
      if (!id.empty() && !path.empty()) paths_.emplace(id, path);
    }
    if (places.empty()) return;
    throw Error(ErrorKind::kUsage, fmt::format("--input {}: the results have no such input",
                                               Printable(places.begin()->first)));
  }

  ModelPaths Models() const {
    return {.a = Required({.role = InputRole::kA}),
            .b = Find({.role = InputRole::kB}),
            .controls = All(InputRole::kControl),
            .parents = All(InputRole::kParent)};
  }
  ModelPaths Pair() const {
    ModelPaths models = Models();
    models.b = Required({.role = InputRole::kB});
    return models;
  }
  std::vector<std::string> Series() const { return All(InputRole::kSeries); }
  AuditRequest Audit() const {
    AuditRequest request{.candidate = Required({.role = InputRole::kB}),
                         .references = All(InputRole::kReference),
                         .controls = All(InputRole::kControl)};
    if (request.references.empty()) reader_.Fail("names no model of its audit");
    return request;
  }

 private:
  static std::string Text(const json& object, const char* name) {
    if (!object.is_object()) return "";
    const auto found = object.find(name);
    return found != object.end() && found->is_string() ? found->get<std::string>() : "";
  }
  std::string Find(InputId id) const {
    const auto found = paths_.find(id.Name());
    return found == paths_.end() ? "" : found->second;
  }
  std::string Required(InputId id) const {
    std::string path = Find(id);
    if (path.empty()) reader_.Fail(fmt::format("names no input \"{}\"", id.Name()));
    return path;
  }
  std::vector<std::string> All(InputRole role) const {
    std::vector<std::string> paths;
    for (std::uint32_t number = 1;; ++number) {
      std::string path = Find({.role = role, .number = number});
      if (path.empty()) return paths;
      paths.push_back(std::move(path));
    }
  }

  const RequestReader& reader_;
  std::map<std::string, std::string> paths_;
};

template <class Results>
Json Begun(std::string_view kind, const Results& results) {
  Json request = {{"kind", kind}, {"partial", results.opening.partial}};
  const OpenOptions& opening = results.opening;
  if (!opening.base.empty()) request["base"] = opening.base;
  if (!opening.components.empty()) request["components"] = ValueJson(opening.components);
  return request;
}

auto AddingTo(Json& request) {
  return [&request](const char* name, const auto& value) { request[name] = ValueJson(value); };
}

const json* MemberOf(const json& object, const char* name) {
  if (!object.is_object()) return nullptr;
  const auto found = object.find(name);
  return found == object.end() ? nullptr : &*found;
}

CompareRequest ReadComparison(const RequestReader& reader, const RecordedInputs& inputs) {
  CompareRequest request{.models = inputs.Models(), .opening = {}, .options = {}};
  ForEachCompareField(request.options, reader);
  return request;
}

// Results of trace 1.5 and before have two other members for it.
FingerprintExtent ReadOlderFingerprints(const RequestReader& reader) {
  bool describe = false, describe_drawn = false;
  reader("describe", describe);
  reader("describe_drawn", describe_drawn);
  if (!describe) return FingerprintExtent::kNone;
  return describe_drawn ? FingerprintExtent::kAll : FingerprintExtent::kWholeModels;
}

TraceOptions ReadTraceOptions(const RequestReader& reader) {
  TraceOptions options;
  ForEachTraceField(options, [&]<class Value>(const char* name, Value& value) {
    if constexpr (std::is_same_v<Value, FingerprintExtent>) {
      if (!reader.Has(name)) {
        value = ReadOlderFingerprints(reader);
        return;
      }
    }
    if (std::string_view(name) == kComparisonsField && !reader.Has(name)) return;
    reader(name, value);
  });
  if (options.draws > kMostDraws) {
    reader.Fail(
        fmt::format("was made with {} permutations, more than the {} that are drawn on a "
                    "file's word: run the trace itself",
                    options.draws, kMostDraws));
  }
  if (options.comparisons == 0) reader.Fail("has a request that is one of 0 comparisons");
  return options;
}

TraceRequest ReadTrace(const RequestReader& reader, const RecordedInputs& inputs) {
  return {.models = inputs.Pair(), .opening = {}, .options = ReadTraceOptions(reader)};
}

AuditRequest ReadAudit(const RequestReader& reader, const RecordedInputs& inputs) {
  AuditRequest request = inputs.Audit();
  request.options = ReadTraceOptions(reader);
  return request;
}

SeriesRequest ReadSeries(const RequestReader& reader, const RecordedInputs& inputs) {
  SeriesRequest request{.checkpoints = inputs.Series(), .opening = {}};
  if (request.checkpoints.empty()) reader.Fail("names no checkpoint of its series");
  return request;
}

DiffRequest ReadDiff(const RequestReader& reader, const RecordedInputs& inputs) {
  DiffRequest request{.models = inputs.Pair(), .opening = {}, .options = {}};
  ForEachDiffField(request.options, reader);
  return request;
}

}  // namespace

Json RecordedRequest(const CompareResults& results) {
  Json request = Begun(kCompareKind, results);
  ForEachCompareField(results.options, AddingTo(request));
  return request;
}

Json RecordedRequest(const TraceResults& results) {
  Json request = Begun(kTraceKind, results);
  ForEachTraceField(results.options(), AddingTo(request));
  return request;
}

Json RecordedRequest(const DynamicsResults& results) { return Begun(kSeriesKind, results); }

Json RecordedRequest(const AuditResults& results) {
  Json request = Begun(kAuditKind, results);
  ForEachTraceField(results.options, AddingTo(request));
  return request;
}

Json RecordedRequest(const DiffResults& results) {
  Json request = Begun(kDiffKind, results);
  ForEachDiffField(results.options, AddingTo(request));
  return request;
}

AnyRequest ReadRequest(const std::string& file, const json& results,
                       std::map<std::string, std::string> places) {
  const json* const run = MemberOf(results, "run");
  const json* const recorded = run == nullptr ? nullptr : MemberOf(*run, "request");
  const RequestReader reader(file, recorded == nullptr ? results : *recorded);
  if (recorded == nullptr || !recorded->is_object()) {
    reader.Fail("does not say how it was made: no results of compare, trace, diff or audit");
  }
  const RecordedInputs inputs(reader, results, std::move(places));
  std::string kind;
  OpenOptions opening;
  reader("kind", kind);
  reader("partial", opening.partial);
  if (recorded->contains("base")) reader("base", opening.base);
  if (recorded->contains("components")) reader("components", opening.components);
  const auto request = [&]() -> AnyRequest {
    if (kind == kCompareKind) return ReadComparison(reader, inputs);
    if (kind == kTraceKind) return ReadTrace(reader, inputs);
    if (kind == kSeriesKind) return ReadSeries(reader, inputs);
    if (kind == kDiffKind) return ReadDiff(reader, inputs);
    if (kind == kAuditKind) return ReadAudit(reader, inputs);
    reader.Fail(fmt::format("was made by a request that is not recomputed: {}", Printable(kind)));
  };
  AnyRequest read = request();
  std::visit([&](auto& typed) { typed.opening = opening; }, read);
  return read;
}

std::string RecordedSimdTarget(const json& results) {
  const json* const run = MemberOf(results, "run");
  const json* const target = run == nullptr ? nullptr : MemberOf(*run, "simd_target");
  if (target == nullptr || !target->is_string()) return "";
  const auto targets = SupportedSimdTargets();
  const auto found = std::ranges::find(targets, target->get<std::string>());
  return found == targets.end() ? "" : *found;
}

}  // namespace modelkin
