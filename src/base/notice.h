// What the user should know though work goes on: a line on standard error.
#ifndef MODELKIN_BASE_NOTICE_H_
#define MODELKIN_BASE_NOTICE_H_

#include <string_view>

namespace modelkin {

// Prints "modelkin: FILE: MESSAGE" on standard error, as one printable line whatever bytes the
// file's name has. May be called from any number of threads.
void Notify(std::string_view file, std::string_view message);

}  // namespace modelkin

#endif  // MODELKIN_BASE_NOTICE_H_
