// How long work will take that was planned stage by stage, by what of it is done.
#ifndef MODELKIN_BASE_TIME_LEFT_H_
#define MODELKIN_BASE_TIME_LEFT_H_

#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "modelkin/progress.h"

namespace modelkin {

// Takes times in seconds, from whatever clock. A stage that has ended says how fast those of its
// name are, and all that have ended how fast the machine is. The answer moves slowly to what is
// known anew, so that it does not jump.
class TimeLeft {
 public:
  // Takes what is to come, in place of what was to come before.
  void Plan(std::vector<PlannedStage> stages, double now);
  // Makes the next such stage of the plan so many times as long.
  void Revise(std::string_view stage, double factor);
  // Ends the stage before. Stages of the plan that it passes over do not come; one that came before
  // comes again, with all that follow it.
  void Begin(std::string_view stage, double now);
  // Returns the seconds that the rest of the plan takes. `share` of the stage is done, from 0 to 1;
  // nullopt where it does not say. Nullopt without a plan, and in its first moments.
  std::optional<double> Seconds(double now, std::optional<double> share);

 private:
  struct Pace {
    double planned = 0, took = 0;
  };

  void End(double now);
  std::optional<std::size_t> Find(std::string_view stage) const;
  // How much longer than planned a stage takes.
  double PaceOf(const std::string& name, const Pace& of_all) const;
  double LeftOfStage(double now, std::optional<double> share, const Pace& of_all) const;

  std::vector<PlannedStage> stages_;
  std::optional<std::size_t> current_;  // in the plan; none where the stage is not part of it
  std::size_t next_ = 0;
  double planned_at_ = 0, began_at_ = 0;
  Pace all_;  // of stages that have ended
  std::map<std::string, Pace> by_name_;
  std::optional<double> end_;  // when all is done, as was said last
  double said_at_ = 0;
};

}  // namespace modelkin

#endif  // MODELKIN_BASE_TIME_LEFT_H_
