#include "report/pair_summary_json.h"

#include <utility>
#include <vector>

#include "report/trace_report.h"
#include "wording/whole_sentence.h"

namespace modelkin {
namespace {

Json KindNames(const std::vector<DerivationKind>& kinds) {
  Json names = Json::array();
  for (const DerivationKind kind : kinds) names.push_back(DerivationKindName(kind));
  return names;
}

Json OutcomesJson(const std::vector<ComponentOutcome>& components) {
  Json list = Json::array();
  for (const ComponentOutcome& component : components) {
    list.push_back(
        {{"component", ComponentName(component.kind)},
         {"verdict", VerdictName(component.category.value_or(VerdictCategory::kNotComparable))},
         {"kinds", KindNames(component.kinds)}});
  }
  return list;
}

}  // namespace

void AddPairSummary(const PairSummary& pair, Json& object) {
  object["verdict"] = VerdictName(pair.whole.category);
  object["sentence"] = PairSentence(pair);
  object["components"] = OutcomesJson(pair.components);
  object["direction"] = DirectionName(pair.direction);
  object["signs_point"] = SignsPointName(pair.signs_point);
  object["signs"] = SignsJson(pair.signs);
  object["kinds"] = KindNames(pair.kinds);
}

}  // namespace modelkin
