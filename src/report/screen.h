// What a person reads on: a terminal, or a pipe that is taken for one.
#ifndef MODELKIN_REPORT_SCREEN_H_
#define MODELKIN_REPORT_SCREEN_H_

#include "report/text_table.h"

namespace modelkin {

struct Screen {
  TextStyle style = TextStyle(false);
  unsigned width = 80;   // columns that no line exceeds
  bool details = false;  // all there is to say, rather than what matters first; its tables may be
                         // wider
};

}  // namespace modelkin

#endif  // MODELKIN_REPORT_SCREEN_H_
