// Everything that modelkin does with models.
#ifndef MODELKIN_SESSION_H_
#define MODELKIN_SESSION_H_

#include <memory>
#include <string>

#include "modelkin/compare.h"
#include "modelkin/diff.h"
#include "modelkin/error.h"
#include "modelkin/export.h"
#include "modelkin/inspect.h"
#include "modelkin/model.h"
#include "modelkin/options.h"
#include "modelkin/progress.h"
#include "modelkin/run.h"
#include "modelkin/trace.h"

namespace modelkin {

struct RequestContext;

// Answers requests. Locations are paths of this machine, or hf://org/name[@revision] on a hub,
// which is asked as the environment says (HF_TOKEN, HF_ENDPOINT, HF_HUB_OFFLINE: docs/hub.md).
//
// Requests throw Error: kUsage for options that don't go together, kBadInput for files that break a
// rule, are missing or change while they are read, kIo where the system or the network fails; and
// Interrupted after Stop. Several may run at once, in any number of threads; results are the same
// whatever the number of threads. Copies are one session. Set threads and progress while no request
// runs.
class MODELKIN_EXPORT Session {
 public:
  // Sets OPENBLAS_NUM_THREADS to 1 where the environment does not set it: work is shared out here.
  // Make the first one before threads start.
  Session();

  // Computes with `threads` threads from the next request on; 0: one a core, as at first.
  void SetThreads(unsigned threads);
  // Tells `progress` of what is done from the next request on; null: nobody, as at first.
  void SetProgress(std::shared_ptr<Progress> progress);
  // Ends running requests, at their next step, and those that are made later, until Resume. May be
  // called from any thread.
  void Stop();
  void Resume();

  // Opens a model: reads its headers and config.json.
  Model Open(const std::string& location, const OpenOptions& options = {}) const;
  // Says what a model is. `location` may be a config.json alone, and a wrong one is an error.
  InspectionReport Inspect(const std::string& location, const OpenOptions& options = {}) const;
  // The same of an open one, for which a wrong config.json counts for none (Model::Warnings).
  InspectionReport Inspect(const Model& model) const;
  // Compares tensor by tensor, in one pass over both models' bytes.
  ComparisonReport Compare(const CompareRequest& request) const;
  ComparisonReport Compare(const Model& a, const Model& b,
                           const CompareOptions& options = {}) const;
  // Tests whether B is built on A, and says how it was made.
  TraceReport Trace(const TraceRequest& request) const;
  TraceReport Trace(const Model& a, const Model& b, const TraceOptions& options = {}) const;
  // Compares to the bit.
  DiffReport Diff(const DiffRequest& request) const;
  DiffReport Diff(const Model& a, const Model& b, const DiffOptions& options = {}) const;
  // Runs a model on texts.
  RunReport Run(const RunRequest& request) const;

 private:
  std::shared_ptr<RequestContext> context_;
};

}  // namespace modelkin

#endif  // MODELKIN_SESSION_H_
