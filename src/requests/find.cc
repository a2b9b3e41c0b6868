#include "requests/find.h"

#include <algorithm>
#include <cmath>
#include <memory>
#include <utility>

#include "base/error.h"
#include "requests/sketch.h"
#include "requests/trace.h"
#include "sketch/token_sketch.h"

namespace modelkin {
namespace {

// The most significant of the strong tests; nullopt if none is strong.
std::optional<double> StrongestLogP(const TraceResults& results) {
  std::optional<double> log_p;
  for (const ComponentTrace& component : results.components) {
    if (!component.trace) continue;
    for (const TestResult& test : component.trace->tests) {
      if (test.strong && (!log_p || test.log_p_adjusted < *log_p)) log_p = test.log_p_adjusted;
    }
  }
  return log_p;
}

std::optional<double> ShareOf(const LinkedShares& shares) {
  if (shares.mlp_parameters) return shares.mlp_parameters;
  return shares.layer_share ? shares.layer_share : shares.tensor_share;
}

FoundVerdict VerdictOn(const std::shared_ptr<const OpenedModel>& record,
                       const std::shared_ptr<const OpenedModel>& model, std::optional<Role> role,
                       const FindRequest& request, const RequestContext& context) {
  TraceRequest of_pair{.models = {.a = record->path(), .b = model->path()},
                       .opening = request.opening,
                       .options = request.trace};
  of_pair.options.fingerprints = FingerprintExtent::kNone;
  const TraceResults results =
      TraceInputs(Inputs::OfOpened({record, model}), of_pair, context, role);
  return {.category = results.verdict.category,
          .shared = results.verdict.shared,
          .share = ShareOf(results.trace().verdict.shares),
          .log_p_adjusted = StrongestLogP(results),
          .without_outputs = role.has_value()};
}

// Whether what was found is certain enough for one of so many comparisons. Equal bytes of learned
// values have no p and need none.
bool IsRelative(const FoundVerdict& verdict, double log_limit) {
  switch (verdict.category) {
    case VerdictCategory::kIdentical: return true;
    case VerdictCategory::kNoEvidence:
    case VerdictCategory::kNotComparable: return false;
    case VerdictCategory::kDerived:
    case VerdictCategory::kSharesMaterial: break;
  }
  if (verdict.log_p_adjusted && *verdict.log_p_adjusted <= log_limit) return true;
  return verdict.shared == SharedMaterial::kCopiedTensors;
}

// Of what was nominated, the weights that did: they are left out of what decides.
std::optional<Role> RoleThatNominated(const Nomination& nomination) {
  if (!nomination.bits || nomination.bits->place.role != Role::kAttentionOutput) {
    return std::nullopt;
  }
  return Role::kAttentionOutput;
}

void Decide(const std::shared_ptr<const OpenedModel>& model, double log_limit,
            const FindRequest& request, const RequestContext& context, FoundModel& found) {
  try {
    found.untraced.clear();
    const auto record = OpenModel(found.entry.location, {}, context.places);
    found.verdict = VerdictOn(record, model, RoleThatNominated(found.nomination), request, context);
    found.relative = IsRelative(*found.verdict, log_limit);
  } catch (const Error& error) {
    found.untraced = error.what();
  }
}

// What records say of a nominated model beside what nominated it.
FoundModel FoundIn(const Atlas& atlas, const Sketch& query, const Nomination& nomination) {
  const Sketch record = atlas.Read(nomination.id);
  FoundModel found{.entry = atlas.ReadEntry(nomination.id),
                   .base_models = record.base_models,
                   .nomination = nomination,
                   .untraced = "more were nominated than are traced"};
  if (query.vocabulary && record.vocabulary) {
    found.vocabulary_overlap = VocabularyOverlap(*query.vocabulary, *record.vocabulary);
  }
  if (query.untrained_rows && record.untrained_rows) {
    found.untrained_agreements = CountEqualBits(*query.untrained_rows, *record.untrained_rows);
  }
  return found;
}

// What the atlas nominates for a sketch.
FindResults NominateIn(const Atlas& atlas, const FindRequest& request, MadeSketch made,
                       const RequestContext& context) {
  FindResults results{.request = request, .run = RecordOf("atlas find", context)};
  results.made = std::move(made);
  results.nominations = Nominate(atlas, results.made.sketch,
                                 {.error_rate = request.error_rate,
                                  .most_by_profile = request.most_by_profile,
                                  .threads = context.threads});
  const auto add = [&](const std::vector<Nomination>& nominations) {
    for (const Nomination& nomination : nominations) {
      results.models.push_back(FoundIn(atlas, results.made.sketch, nomination));
    }
  };
  add(results.nominations.by_bits);
  add(results.nominations.by_profile);
  return results;
}

}  // namespace

FindResults FindRelatives(const FindRequest& request, const RequestContext& context) {
  const HeedStop heed(*context.stop);
  const Atlas atlas = Atlas::Open(request.atlas, AtlasAccess::kRead);
  const auto model = OpenModel(request.model, request.opening, context.places);
  FindResults results =
      NominateIn(atlas, request, SketchOpened(*model, {.model = request.model}, context), context);
  const double log_limit =
      std::log(request.error_rate) - std::log(static_cast<double>(results.nominations.comparisons));
  std::uint64_t traced = 0;
  for (FoundModel& found : results.models) {
    const bool wanted =
        found.nomination.bits ? traced++ < request.most_traced : request.most_traced > 0;
    if (wanted) Decide(model, log_limit, request, context, found);
  }
  std::ranges::stable_partition(results.models, &FoundModel::relative);
  model->checkpoint().RequireUnchanged();
  return results;
}

FindResults NominateSketch(const FindRequest& request, Sketch sketch,
                           const RequestContext& context) {
  const HeedStop heed(*context.stop);
  const Atlas atlas = Atlas::Open(request.atlas, AtlasAccess::kRead);
  FindRequest named = request;
  named.model = sketch.name;
  FindResults results = NominateIn(atlas, named, {.sketch = std::move(sketch)}, context);
  for (FoundModel& found : results.models) {
    found.untraced = "a sketch alone can't be traced: the model itself is needed";
  }
  return results;
}

}  // namespace modelkin
