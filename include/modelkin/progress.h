// How far long work is.
#ifndef MODELKIN_PROGRESS_H_
#define MODELKIN_PROGRESS_H_

#include <cstdint>
#include <string>
#include <vector>

#include "modelkin/export.h"

namespace modelkin {

// A stage that is to come, and about how long it takes on a machine of middling speed.
struct PlannedStage {
  std::string name;
  double seconds = 0;
};

// Where long work says how far it is; this one discards everything. Members are called from any
// number of threads at once, must not throw, and must not ask the models that it is told of.
class MODELKIN_EXPORT Progress {
 public:
  virtual ~Progress();
  // Starts a stage of `total_bytes`, 0 where that says nothing; ends the stage before it.
  virtual void Begin(const std::string& stage, std::uint64_t total_bytes);
  // Starts a stage of `total` things, at least 1, such as "layers", which Advance counts; ends the
  // stage before it. This one calls Begin(stage, 0).
  virtual void BeginCount(const std::string& stage, std::uint64_t total, const std::string& things);
  // Says which stages are to come, in the order in which they begin, some of which may not come. A
  // plan that is told inside a part is that part's. This one does nothing.
  virtual void Plan(const std::vector<PlannedStage>& stages);
  // Says that a stage of the plan takes `factor` times as long as was planned, by what was found: 0
  // where it does not come. This one does nothing.
  virtual void Revise(const std::string& stage, double factor);
  // Says that what follows is part `number`, from 1, of `parts` that take about as long each, and
  // what it is about: "glm-a, glm-b". This one does nothing.
  virtual void BeginPart(const std::string& name, std::uint64_t number, std::uint64_t parts);
  // Adds bytes, or things, to what is done of the stage.
  virtual void Advance(std::uint64_t done);
};

}  // namespace modelkin

#endif  // MODELKIN_PROGRESS_H_
