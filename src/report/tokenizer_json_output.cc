#include "report/json_output.h"
#include "report/tokenizer_report.h"

namespace modelkin {
namespace {

Json SideJson(const Tokenizer& tokenizer) {
  return {{"file", tokenizer.file},
          {"kind", tokenizer.kind},
          {"tokens", tokenizer.tokens.size()},
          {"merges", tokenizer.merges.size()}};
}

}  // namespace

void WriteTokenizerJson(const TokenizerResults& results, const TextSink& sink, JsonDetail detail) {
  const TokenizerComparison& found = results.comparison;
  Json offsets = Json::array();
  for (const OffsetCount& offset : found.offsets) {
    offsets.push_back({{"offset", offset.offset}, {"tokens", offset.tokens}});
  }
  JsonObjectWriter out(sink, detail);
  out.Member("schema_version", "1.0");
  out.Member("tool", ToolJson());
  out.Member("a", SideJson(*results.a));
  out.Member("b", SideJson(*results.b));
  out.Member("tokens", NamedFieldsJson(found.tokens));
  out.Member("same_id", found.same_id);
  out.Member("offsets", offsets);
  const OffsetRun& run = found.longest_run;
  out.Member("longest_run", run.length == 0 ? Json(nullptr)
                                            : Json{{"first_id_a", run.first_id_a},
                                                   {"first_id_b", run.first_id_b},
                                                   {"length", run.length}});
  out.Member("order_correlation", OrNull(found.order_correlation));
  out.Member("merges", found.merges.a == 0 || found.merges.b == 0 ? Json(nullptr)
                                                                  : NamedFieldsJson(found.merges));
  out.Member("merge_rank_correlation", OrNull(found.merge_rank_correlation));
  out.Member("special", {{"shared", found.special_shared},
                         {"only_a", found.special_only_a},
                         {"only_b", found.special_only_b}});
  out.Member("is_evidence_of_derived_weights", false);
  out.End();
}

}  // namespace modelkin
