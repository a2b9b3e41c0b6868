#include "lineage/mlp_match_state.h"

#include <cstring>
#include <nlohmann/json.hpp>
#include <stdexcept>

namespace modelkin {
namespace {

using Json = nlohmann::json;

// The enumerator of this number, of those up to `last`.
template <class Enum>
Enum EnumFromState(const Json& state, Enum last) {
  const int number = state.get<int>();
  if (number < 0 || number > static_cast<int>(last)) throw std::out_of_range("enumerator");
  return static_cast<Enum>(number);
}

Json ToState(const TailProbability& tail) {
  return Json::array({tail.log_p, static_cast<int>(tail.method)});
}

void FromState(const Json& state, TailProbability& tail) {
  tail.log_p = state.at(0).get<double>();
  tail.method = EnumFromState(state.at(1), TailMethod::kStudent);
}

Json ToState(const TraceTail& tail) {
  return Json::array({tail.log_p, tail.is_bound, static_cast<int>(tail.method)});
}

void FromState(const Json& state, TraceTail& tail) {
  tail.log_p = state.at(0).get<double>();
  tail.is_bound = state.at(1).get<bool>();
  tail.method = EnumFromState(state.at(2), TraceTailMethod::kImportance);
}

Json ToState(double value) { return value; }
void FromState(const Json& state, double& value) { value = state.get<double>(); }

Json ToState(const TraceMoments& moments) {
  return Json::array({moments.units, moments.trace, moments.mean, moments.variance});
}

void FromState(const Json& state, TraceMoments& moments) {
  moments = {.units = state.at(0).get<std::size_t>(),
             .trace = state.at(1).get<double>(),
             .mean = state.at(2).get<double>(),
             .variance = state.at(3).get<double>()};
}

Json ToState(const RetainedSpread& spread) {
  return Json::array(
      {spread.shared, spread.own, spread.shared_variance, spread.own_variance, spread.covariance});
}

void FromState(const Json& state, RetainedSpread& spread) {
  spread = {.shared = state.at(0).get<double>(),
            .own = state.at(1).get<double>(),
            .shared_variance = state.at(2).get<double>(),
            .own_variance = state.at(3).get<double>(),
            .covariance = state.at(4).get<double>()};
}

Json ToState(const UnitRelations& relations);
void FromState(const Json& state, UnitRelations& relations);

template <class Value>
Json MaybeToState(const std::optional<Value>& value) {
  return value ? ToState(*value) : Json(nullptr);
}

template <class Value>
void MaybeFromState(const Json& state, std::optional<Value>& value) {
  if (!state.is_null()) FromState(state, value.emplace());
}

Json ToState(const UnitRelations& relations) {
  return Json::array({relations.units, relations.cosine, relations.ratio_a, relations.ratio_b,
                      relations.structure_a, relations.structure_b,
                      MaybeToState(relations.retained_a), MaybeToState(relations.retained_b)});
}

void FromState(const Json& state, UnitRelations& relations) {
  relations = {.units = state.at(0).get<std::uint64_t>(),
               .cosine = state.at(1).get<double>(),
               .ratio_a = state.at(2).get<double>(),
               .ratio_b = state.at(3).get<double>(),
               .structure_a = state.at(4).get<double>(),
               .structure_b = state.at(5).get<double>()};
  MaybeFromState(state.at(6), relations.retained_a);
  MaybeFromState(state.at(7), relations.retained_b);
}

}  // namespace

Json ToState(const MlpMatch& match) {
  Json partners = Json::array();
  for (const UnitPair& pair : match.partners) {
    partners.push_back(pair.a);
    partners.push_back(pair.b);
  }
  const auto* const bytes = reinterpret_cast<const std::uint8_t*>(match.order.data());
  return {{"a", match.a},
          {"b", match.b},
          {"gated", match.gated},
          {"skipped", match.skipped},
          {"units_a", match.units_a},
          {"units_b", match.units_b},
          {"matched", match.matched},
          {"agreed", match.agreed},
          {"expected", match.expected},
          {"agreed_renumbered", match.agreed_renumbered},
          {"rho", MaybeToState(match.rho)},
          {"tail", ToState(match.tail)},
          {"same_width", match.same_width},
          {"in_place", match.in_place},
          {"order_rho", MaybeToState(match.order_rho)},
          {"order_tail", ToState(match.order_tail)},
          {"trace", MaybeToState(match.trace)},
          {"trace_tail", ToState(match.trace_tail)},
          {"first_relations", MaybeToState(match.first_relations)},
          {"second_relations", MaybeToState(match.second_relations)},
          {"order", Json::binary({bytes, bytes + match.order.size() * sizeof(float)})},
          {"partners", std::move(partners)},
          {"flipped", match.flipped}};
}

MlpMatch MlpMatchFromState(const Json& state) {
  MlpMatch match;
  state.at("a").get_to(match.a);
  state.at("b").get_to(match.b);
  state.at("gated").get_to(match.gated);
  state.at("skipped").get_to(match.skipped);
  state.at("units_a").get_to(match.units_a);
  state.at("units_b").get_to(match.units_b);
  state.at("matched").get_to(match.matched);
  state.at("agreed").get_to(match.agreed);
  state.at("expected").get_to(match.expected);
  state.at("agreed_renumbered").get_to(match.agreed_renumbered);
  MaybeFromState(state.at("rho"), match.rho);
  FromState(state.at("tail"), match.tail);
  state.at("same_width").get_to(match.same_width);
  state.at("in_place").get_to(match.in_place);
  MaybeFromState(state.at("order_rho"), match.order_rho);
  FromState(state.at("order_tail"), match.order_tail);
  MaybeFromState(state.at("trace"), match.trace);
  FromState(state.at("trace_tail"), match.trace_tail);
  MaybeFromState(state.at("first_relations"), match.first_relations);
  MaybeFromState(state.at("second_relations"), match.second_relations);
  const auto& order = state.at("order").get_binary();
  if (order.size() % sizeof(float) != 0) throw std::out_of_range("order");
  match.order.resize(order.size() / sizeof(float));
  if (!order.empty()) std::memcpy(match.order.data(), order.data(), order.size());
  const Json& partners = state.at("partners");
  if (partners.size() % 2 != 0) throw std::out_of_range("partners");
  for (std::size_t i = 0; i + 1 < partners.size(); i += 2) {
    match.partners.push_back(
        {partners[i].get<std::uint32_t>(), partners[i + 1].get<std::uint32_t>()});
  }
  state.at("flipped").get_to(match.flipped);
  return match;
}

}  // namespace modelkin
