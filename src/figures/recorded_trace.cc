#include "figures/recorded_trace.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/error.h"
#include "base/escaped_text.h"
#include "figures/recorded_json.h"
#include "requests/short_names.h"

namespace modelkin {
namespace {

using nlohmann::json;

// Of both sides: more fit no figure.
constexpr std::size_t kMostLayers = 4096;

template <class Id, class NameOf>
std::optional<Id> Named(std::string_view name, Id last, const NameOf& name_of) {
  for (int i = 0; i <= static_cast<int>(last); ++i) {
    if (name_of(static_cast<Id>(i)) == name) return static_cast<Id>(i);
  }
  return std::nullopt;
}

std::optional<TestKey> TestNamed(std::string_view name) {
  for (const TestId id : AllTests()) {
    for (const ResidualBasis basis : {ResidualBasis::kAsStored, ResidualBasis::kFitted}) {
      if (TestName({.id = id, .basis = basis}) == name) return TestKey{.id = id, .basis = basis};
    }
  }
  return std::nullopt;
}

Look LookIn(const RecordedJson& from, const json& verdict) {
  const auto category =
      Named(from.Text(verdict, "category"), VerdictCategory::kNotComparable, VerdictName);
  if (!category) from.Fail("verdict.category is no verdict");
  const auto shared =
      Named(from.Text(verdict, "kind"), SharedMaterial::kComponentTaken, SharedMaterialName);
  return LookOf(*category, shared);
}

void ReadTests(const RecordedJson& from, const json& results, RecordedTrace& trace) {
  for (const json& item : from.List(results, "tests")) {
    const auto key = TestNamed(from.Text(item, "name"));
    const auto effect = from.Number(item, "effect");
    if (!key || !effect || !from.Text(item, "skipped").empty()) continue;
    TestResult test{.key = *key, .skipped = {}, .effect = *effect};
    test.effect_by_chance = from.Number(item, "effect_by_chance");
    for (const json& value : from.List(item, "control_effects")) {
      if (value.is_number()) test.control_effects.push_back(value.get<double>());
    }
    trace.tests.push_back(std::move(test));
  }
}

std::vector<std::int64_t> NumbersIn(const RecordedJson& from, const json& map, const char* name) {
  std::vector<std::int64_t> numbers;
  for (const json& value : from.List(map, name)) {
    if (!value.is_number_integer())
      from.Fail(fmt::format("layer_map.{} has what is no number", name));
    numbers.push_back(value.get<std::int64_t>());
  }
  if (numbers.size() > kMostLayers) from.Fail("layer_map has more layers than a figure can show");
  return numbers;
}

void ReadLayers(const RecordedJson& from, const json& results, RecordedLayers& layers) {
  const json& map = from.Object(results, "layer_map");
  layers.a = NumbersIn(from, map, "layers_a");
  layers.b = NumbersIn(from, map, "layers_b");
  for (const json& row : from.List(map, "z")) {
    auto& values = layers.z.emplace_back();
    for (const json& z : row) {
      values.push_back(z.is_number() ? std::optional(z.get<double>()) : std::nullopt);
    }
    if (values.size() != layers.b.size()) from.Fail("layer_map.z has a row of another length");
  }
  for (const json& source : from.List(map, "source")) {
    layers.source.push_back(source.is_number_integer() ? std::optional(source.get<std::int64_t>())
                                                       : std::nullopt);
  }
  if (layers.z.size() != layers.a.size() || layers.source.size() != layers.b.size()) {
    from.Fail("layer_map has other numbers of layers than of rows");
  }
}

void ReadNames(const RecordedJson& from, const json& results, RecordedTrace& trace) {
  std::vector<std::string> paths, ids;
  for (const json& input : from.List(results, "inputs")) {
    paths.push_back(from.Text(input, "path"));
    ids.push_back(from.Text(input, "id"));
  }
  if (paths.size() < 2) from.Fail("it has fewer than two inputs");
  const std::vector<std::string> names = PrintableNames(paths);
  trace.a = names[0];
  trace.b = names[1];
  for (std::size_t i = 2; i < names.size(); ++i) {
    if (ids[i].starts_with("control_")) trace.references.push_back(names[i]);
  }
}

}  // namespace

RecordedTrace ReadTrace(const std::string& file, const json& results) {
  const RecordedJson from(file, "trace");
  const json& found = from.PartOf(results);
  RecordedTrace trace;
  ReadNames(from, found, trace);
  trace.look = LookIn(from, from.Object(found, "verdict"));
  if (from.Text(from.Object(found, "relation"), "shown_by") == "fitted_basis") {
    trace.basis = ResidualBasis::kFitted;
  }
  ReadTests(from, found, trace);
  ReadLayers(from, found, trace.layers);
  for (const json& item : from.List(found, "heritage")) {
    const auto heritage = Named(from.Text(item, "class"), HeritageClass::kUndecided, HeritageName);
    if (heritage) trace.heritage.push_back({from.Text(item, "tensor"), *heritage});
  }
  return trace;
}

}  // namespace modelkin
