// Whether B is built on A, and how.
#ifndef MODELKIN_REQUESTS_TRACE_H_
#define MODELKIN_REQUESTS_TRACE_H_

#include <optional>
#include <string>
#include <vector>

#include "evidence/trace.h"
#include "kinship/kinship.h"
#include "kinship/whole_verdict.h"
#include "model/component_pairs.h"
#include "requests/inputs.h"
#include "requests/request_context.h"

namespace modelkin {

// A component of B beside one of A, or one that a single model has.
struct ComponentTrace {
  ComponentPair pair;              // points into models that are open
  std::optional<Trace> trace;      // nothing where a single model has it
  std::optional<Kinship> kinship;  // not of a quick trace
  TraceSettings options;           // that it was traced with
};

struct TraceResults {
  Inputs models;  // all below points into them
  OpenOptions opening;
  std::vector<InputRecord> inputs;  // A, B, controls, parents
  // At least one pair, the text models first; what a single model has comes last.
  std::vector<ComponentTrace> components;
  WholeVerdict verdict;
  RunRecord run;

  // Whether there is more than one component.
  bool is_of_several() const { return components.size() > 1; }
  // Of each component, in their order.
  std::vector<ComponentOutcome> Outcomes() const;
  // The first that goes back to A's, else the first.
  const ComponentTrace& Telling() const;
  // Of the first pair.
  const Trace& trace() const { return *components.front().trace; }
  const std::optional<Kinship>& kinship() const { return components.front().kinship; }
  const TraceSettings& options() const { return components.front().options; }
};

TraceResults TraceModels(const TraceRequest& request, const RequestContext& context);
// Does a share of what the first look of a trace matches, kept in request.resume, which all shares
// have and the trace goes on from. Returns whether there may be more to share out once all others
// have come as far. Throws Error(kUsage) for a share that makes no sense.
inline constexpr std::uint32_t kMostShares = 4096;
bool TraceShareOf(const TraceRequest& request, const TraceShare& share,
                  const RequestContext& context);
// The same of models that are open; TraceSettings::left_out.
TraceResults TraceInputs(Inputs models, const TraceRequest& request, const RequestContext& context,
                         std::optional<Role> left_out = {});

}  // namespace modelkin

#endif  // MODELKIN_REQUESTS_TRACE_H_
