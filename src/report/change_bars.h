// Changes as bars, as `git diff --stat` draws them.
#ifndef MODELKIN_REPORT_CHANGE_BARS_H_
#define MODELKIN_REPORT_CHANGE_BARS_H_

#include <optional>
#include <string>
#include <vector>

#include "report/screen.h"

namespace modelkin {

struct ChangeBar {
  std::string name;              // printable
  std::optional<double> change;  // of the size of what changed
  std::string note = {};         // before the number, or in its place where there is none
};

// Returns a line for each within the screen's width: the name, shortened where it has to be, the
// note if it has room, the change as a percentage and its bar. The longest bar is that of the
// largest change; none is empty but of no change.
std::string ChangeBars(const std::vector<ChangeBar>& bars, const Screen& screen);

}  // namespace modelkin

#endif  // MODELKIN_REPORT_CHANGE_BARS_H_
