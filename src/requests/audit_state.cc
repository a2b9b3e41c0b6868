#include "requests/audit_state.h"

#include <bit>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <tuple>
#include <type_traits>
#include <vector>

namespace modelkin {
namespace {

using nlohmann::json;

template <class Type, class... Types>
constexpr bool kIsOneOf = (std::is_same_v<std::remove_const_t<Type>, Types> || ...);

// References to all members of a struct, const where it is.
template <class Struct>
auto MembersOf(Struct& of) {
  if constexpr (kIsOneOf<Struct, TestKey>) {
    return std::tie(of.id, of.basis);
  } else if constexpr (kIsOneOf<Struct, Skipped>) {
    return std::tie(of.reason, of.first, of.second);
  } else if constexpr (kIsOneOf<Struct, TestResult>) {
    return std::tie(of.key, of.skipped, of.statistic, of.units, of.log_p, of.log_p_is_bound,
                    of.p_method, of.log_p_adjusted, of.effect, of.effect_by_chance, of.least_effect,
                    of.control_effects, of.strong);
  } else if constexpr (kIsOneOf<Struct, LinkedShares>) {
    return std::tie(of.mlps, of.mlps_linked, of.mlps_drawn_from, of.mlp_parameters, of.layers,
                    of.layers_linked, of.layer_share, of.tensor_share, of.learned_ratio,
                    of.unit_cosine, of.retained, of.retained_error, of.retained_deviations);
  } else if constexpr (kIsOneOf<Struct, Evidence>) {
    return std::tie(of.kind, of.test, of.count, of.all, of.drawn_from, of.value, of.layers);
  } else if constexpr (kIsOneOf<Struct, Unread>) {
    return std::tie(of.of_b, of.packed, of.incomplete);
  } else if constexpr (kIsOneOf<Struct, Limit>) {
    return std::tie(of.kind, of.unread);
  } else if constexpr (kIsOneOf<Struct, Verdict>) {
    return std::tie(of.category, of.shared, of.basis, of.shares, of.strongest, of.evidence,
                    of.unread, of.limits);
  } else if constexpr (kIsOneOf<Struct, PowerStatement>) {
    return std::tie(of.residual_trace, of.gate_up, of.gate_up_fitted, of.tensors, of.mlps);
  } else if constexpr (kIsOneOf<Struct, DirectionSign>) {
    return std::tie(of.kind, of.direction, of.evidence);
  } else if constexpr (kIsOneOf<Struct, Said>) {
    return std::tie(of.english, of.korean);
  } else if constexpr (kIsOneOf<Struct, Kind>) {
    return std::tie(of.kind, of.evidence);
  } else if constexpr (kIsOneOf<Struct, WholeVerdict>) {
    return std::tie(of.category, of.shared, of.kinds);
  } else if constexpr (kIsOneOf<Struct, ComponentOutcome>) {
    return std::tie(of.kind, of.category, of.only_in_b, of.kinds, of.power, of.unread);
  } else {
    static_assert(kIsOneOf<Struct, PairSummary>);
    return std::tie(of.component, of.verdict, of.tests, of.power, of.direction, of.signs_point,
                    of.signs, of.kinds, of.whole, of.components, of.mostly_unread);
  }
}

template <class Value>
json Kept(const Value& value);
template <class Value>
json Kept(const std::vector<Value>& values) {
  json list = json::array();
  for (const Value& value : values) list.push_back(Kept(value));
  return list;
}
template <class Value>
json Kept(const std::optional<Value>& value) {
  return value ? json::array({Kept(*value)}) : json::array();
}
template <class Value>
json Kept(const Value& value) {
  if constexpr (std::is_enum_v<Value>) {
    return static_cast<std::uint64_t>(value);
  } else if constexpr (std::is_same_v<Value, double>) {
    return std::bit_cast<std::uint64_t>(value);  // infinities too
  } else if constexpr (std::is_class_v<Value> && !std::is_same_v<Value, std::string>) {
    return std::apply([](const auto&... member) { return json::array({Kept(member)...}); },
                      MembersOf(value));
  } else {
    return value;
  }
}

template <class Value>
void Restore(const json& from, Value& value);
template <class Value>
void Restore(const json& from, std::vector<Value>& values) {
  values.resize(from.size());
  for (std::size_t i = 0; i < values.size(); ++i) Restore(from.at(i), values[i]);
}
template <class Value>
void Restore(const json& from, std::optional<Value>& value) {
  if (!from.empty()) Restore(from.at(0), value.emplace());
}
template <class Value>
void Restore(const json& from, Value& value) {
  if constexpr (std::is_enum_v<Value>) {
    value = static_cast<Value>(from.get<std::underlying_type_t<Value>>());
  } else if constexpr (std::is_same_v<Value, double>) {
    value = std::bit_cast<double>(from.get<std::uint64_t>());
  } else if constexpr (std::is_class_v<Value> && !std::is_same_v<Value, std::string>) {
    std::size_t next = 0;
    std::apply([&](auto&... member) { (Restore(from.at(next++), member), ...); }, MembersOf(value));
  } else {
    from.get_to(value);
  }
}

}  // namespace

json KeptSummary(const PairSummary& summary) { return Kept(summary); }

PairSummary ReadKeptSummary(const json& kept) {
  PairSummary summary;
  Restore(kept, summary);
  return summary;
}

}  // namespace modelkin
