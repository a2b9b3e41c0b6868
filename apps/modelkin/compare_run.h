// What `modelkin compare` computes, for the commands that show it.
#ifndef MODELKIN_APPS_COMPARE_RUN_H_
#define MODELKIN_APPS_COMPARE_RUN_H_

#include <deque>
#include <string>
#include <vector>

#include "base/progress.h"
#include "model_opening.h"
#include "report/compare_results.h"
#include "scan/role_pairing.h"
#include "shared_options.h"
#include "text_input.h"

namespace modelkin {

// What the flags ask for.
struct CompareRequest {
  std::vector<std::string> models;
  std::string model1;
  std::string model2;
  std::vector<std::string> controls;
  FilterFlags filter;
  SharedOptions shared;
  bool within = false;
  bool by_name = false;
  bool no_quantiles = false;
  bool digest = false;
  bool no_digest = false;
  bool functional = false;
  TextInput texts;  // of a functional comparison
};

// The checkpoints stay open as long as the results that point into them.
struct CompareRun {
  std::deque<OpenedModel> models;
  std::deque<RolePairing> pairings;
  CompareResults results;
};

// Throws Error(kUsage) for too few or too many models.
CompareRun CompareModels(const CompareRequest& request, Progress& progress);

// Prints what CompareModels would read.
void PlanComparison(const CompareRequest& request, Progress& progress);

}  // namespace modelkin

#endif  // MODELKIN_APPS_COMPARE_RUN_H_
