// A parameter of a recipe: one number, one for each layer on a line between points, or several for
// tensors of several names.
#ifndef MODELKIN_MERGING_PARAMETER_SETTING_H_
#define MODELKIN_MERGING_PARAMETER_SETTING_H_

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace modelkin {

struct ParameterCase {
  std::string filter;          // a part of the tensor's name; "" or "*" for all
  std::vector<double> points;  // one value, or points from the first layer to the last
};

class ParameterSetting {
 public:
  ParameterSetting() = default;
  explicit ParameterSetting(double value) : cases_{{"", {value}}} {}
  explicit ParameterSetting(std::vector<ParameterCase> cases) : cases_(std::move(cases)) {}

  // Returns the value for a tensor at `t`, 0 in the first layer of a slice and 1 in its last: that
  // of the first case whose filter the name holds. `discrete`: the point before, in place of one
  // between two. Nothing where no case fits, or the one that does has no points.
  std::optional<double> At(std::string_view tensor, double t, bool discrete = false) const;

  const std::vector<ParameterCase>& cases() const { return cases_; }

 private:
  std::vector<ParameterCase> cases_;
};

}  // namespace modelkin

#endif  // MODELKIN_MERGING_PARAMETER_SETTING_H_
