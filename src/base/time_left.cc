#include "base/time_left.h"

#include <algorithm>
#include <cmath>
#include <utility>

namespace modelkin {
namespace {

constexpr double kSilent = 1;     // s after a plan in which too little is known
constexpr double kTrusted = 1;    // s for which a plan counts beside what was measured
constexpr double kSettles = 1.5;  // s in which most of a correction is taken over

// Whether a stage is what was planned as "equal tensors" or "vision: equal tensors". It may say
// more of itself between: "vision: look 2 of 3: equal tensors".
bool IsOfPlan(std::string_view stage, std::string_view planned) {
  const std::size_t end = planned.rfind(": ");
  const std::string_view of =
      end == std::string_view::npos ? std::string_view() : planned.substr(0, end + 2);
  if (!stage.starts_with(of)) return false;
  stage.remove_prefix(of.size());
  planned.remove_prefix(of.size());
  if (!stage.ends_with(planned)) return false;
  stage.remove_suffix(planned.size());
  return stage.empty() || stage.ends_with(": ");
}

// Of a stage that does not say how far it is: what was planned, and at its end ever less.
double LeftOfUncounted(double planned, double elapsed) {
  const double end = 0.2 * planned;
  if (elapsed < planned - end) return planned - elapsed;
  return end * std::exp((planned - end - elapsed) / std::max(end, 1e-9));
}

}  // namespace

void TimeLeft::Plan(std::vector<PlannedStage> stages, double now) {
  End(now);
  if (stages_.empty()) {
    planned_at_ = now;
    end_.reset();
  }
  stages_ = std::move(stages);
  next_ = 0;
}

void TimeLeft::Revise(std::string_view stage, double factor) {
  const auto found =
      std::find_if(stages_.begin() + static_cast<std::ptrdiff_t>(next_), stages_.end(),
                   [&](const PlannedStage& planned) { return IsOfPlan(stage, planned.name); });
  if (found != stages_.end()) found->seconds *= factor;
}

void TimeLeft::Begin(std::string_view stage, double now) {
  End(now);
  current_ = Find(stage);
  if (current_) next_ = *current_ + 1;
  began_at_ = now;
}

void TimeLeft::End(double now) {
  if (!current_) return;
  const PlannedStage& stage = stages_[*current_];
  for (Pace* const pace : {&all_, &by_name_[stage.name]}) {
    pace->planned += stage.seconds;
    pace->took += now - began_at_;
  }
  current_.reset();
}

std::optional<std::size_t> TimeLeft::Find(std::string_view stage) const {
  const auto is_it = [&](const PlannedStage& planned) { return IsOfPlan(stage, planned.name); };
  const auto ahead = stages_.begin() + static_cast<std::ptrdiff_t>(next_);
  auto found = std::find_if(ahead, stages_.end(), is_it);
  if (found == stages_.end()) {
    found = std::find_if(stages_.begin(), ahead, is_it);
    if (found == ahead) return std::nullopt;
  }
  return static_cast<std::size_t>(found - stages_.begin());
}

double TimeLeft::PaceOf(const std::string& name, const Pace& of_all) const {
  const auto found = by_name_.find(name);
  if (found != by_name_.end() && found->second.planned > 0) {
    return found->second.took / found->second.planned;
  }
  return (kTrusted + of_all.took) / (kTrusted + of_all.planned);
}

double TimeLeft::LeftOfStage(double now, std::optional<double> share, const Pace& of_all) const {
  constexpr double kKnown = 0.05;  // the share from which on its own pace counts most
  const PlannedStage& stage = stages_[*current_];
  const double elapsed = now - began_at_;
  const double planned = stage.seconds * PaceOf(stage.name, of_all);
  if (!share) return LeftOfUncounted(planned, elapsed);
  if (*share <= 0) return planned;
  const double own = elapsed * (1 - *share) / *share;
  return (*share * own + kKnown * planned * (1 - *share)) / (*share + kKnown);
}

std::optional<double> TimeLeft::Seconds(double now, std::optional<double> share) {
  if (stages_.empty() || now - planned_at_ < kSilent) return std::nullopt;
  Pace of_all = all_;
  if (current_ && share.value_or(0) > 0) {
    of_all.planned += *share * stages_[*current_].seconds;
    of_all.took += now - began_at_;
  }
  double left = current_ ? LeftOfStage(now, share, of_all) : 0;
  for (std::size_t i = next_; i < stages_.size(); ++i) {
    left += stages_[i].seconds * PaceOf(stages_[i].name, of_all);
  }
  if (!end_) {
    end_ = now + left;
  } else {
    *end_ += (now + left - *end_) * (1 - std::exp(-(now - said_at_) / kSettles));
  }
  said_at_ = now;
  return std::max(0.0, *end_ - now);
}

}  // namespace modelkin
