// How large a change is, as people read it.
#ifndef MODELKIN_REPORT_CHANGE_TEXT_H_
#define MODELKIN_REPORT_CHANGE_TEXT_H_

#include <string>

namespace modelkin {

// Returns a change beside the size of what it changed, 0.081, as "8.1%": two digits from 0.01% on,
// "<0.01%" below that and ">999%" above; "undef" where it is no number.
std::string ChangeText(double ratio);

}  // namespace modelkin

#endif  // MODELKIN_REPORT_CHANGE_TEXT_H_
