#include <cmath>

#include "report/dossier_report.h"
#include "report/json_output.h"

namespace modelkin {
namespace {

Json DossierInputJson(const ReadDossierFile& file) {
  std::size_t not_finite = 0;
  for (const UnitBlock& block : file.dossier.blocks) {
    not_finite += block.first.finite && block.second.finite ? 0 : 1;
  }
  return {{"path", file.path},
          {"root", HexOf(file.dossier.root)},
          {"tensors", file.dossier.outline.size()},
          {"residual", file.dossier.residual},
          {"mlps", file.dossier.mlps.size()},
          {"blocks", file.dossier.blocks.size()},
          {"not_finite", not_finite}};
}

Json DossierLog10(const DossierTest& test, double log_p) {
  return test.was_run() ? Number(log_p / std::log(10.0)) : Json(nullptr);
}

Json DossierTestJson(const DossierTest& test) {
  const auto if_run = [&](double value) { return test.was_run() ? Number(value) : Json(nullptr); };
  return {{"name", DossierTestName(test.id)},
          {"skipped", test.was_run() ? Json(nullptr) : Json(test.skipped)},
          {"statistic", if_run(test.statistic)},
          {"units", test.units},
          {"log10_p", DossierLog10(test, test.log_p)},
          {"p_is_bound", test.log_p_is_bound},
          {"log10_p_adjusted", DossierLog10(test, test.log_p_adjusted)},
          {"effect", if_run(test.effect)},
          {"least_effect", test.least_effect},
          {"strong", test.strong}};
}

Json BlockPairJson(const DossierResults& results, const BlockPair& pair) {
  const MlpMatch& match = pair.match;
  return {{"kind", UnitKindName(pair.kind)},
          {"a", results.a.dossier.blocks[pair.a].name},
          {"b", results.b.dossier.blocks[pair.b].name},
          {"similarity", Number(pair.similarity)},
          {"skipped", match.skipped.empty() ? Json(nullptr) : Json(match.skipped)},
          {"counts", pair.counts},
          {"units_a", match.units_a},
          {"units_b", match.units_b},
          {"agreed", match.agreed},
          {"expected", Number(match.expected)},
          {"in_place", match.in_place}};
}

}  // namespace

void WriteDossierJson(const DossierResults& results, const TextSink& sink) {
  const DossierComparison& found = results.comparison;
  Json tests = Json::array();
  for (const DossierTest& test : found.tests) tests.push_back(DossierTestJson(test));
  JsonObjectWriter writer(sink);
  writer.Member("schema_version", kDossierSchemaVersion);
  writer.Member("tool", ToolJson());
  writer.Member("a", DossierInputJson(results.a));
  writer.Member("b", DossierInputJson(results.b));
  writer.Member("seed", {{"text", results.a.dossier.seed},
                         {"beacon", results.beacon},
                         {"agreed", found.seed.agreed},
                         {"is_agreed", found.seed.is_agreed}});
  writer.Member("dimensions", results.a.dossier.dimensions);
  writer.Member("verdict",
                {{"category", VerdictName(found.category)},
                 {"sentence", DossierSentence(results)},
                 {"not_comparable",
                  found.not_comparable.empty() ? Json(nullptr) : Json(found.not_comparable)},
                 {"warnings", DossierWarnings(results)}});
  writer.Member("smallest_share", OrNull(found.smallest_share));
  writer.Member("tests", tests);
  std::size_t next = 0;
  writer.ArrayMember("pairs", [&](Json& item) {
    if (next == found.pairs.size()) return false;
    item = BlockPairJson(results, found.pairs[next++]);
    return true;
  });
  writer.Member("run", RunJson(results.run));
  writer.End();
}

}  // namespace modelkin
