// The licence, and the notices of what the program and the page bundle (notices/).
#ifndef MODELKIN_REPORT_NOTICES_H_
#define MODELKIN_REPORT_NOTICES_H_

#include <string_view>

namespace modelkin {

std::string_view Notices();

}  // namespace modelkin

#endif  // MODELKIN_REPORT_NOTICES_H_
