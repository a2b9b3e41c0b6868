// `modelkin report` as a function, for the commands that end in a report.
#ifndef MODELKIN_APPS_REPORT_COMMAND_H_
#define MODELKIN_APPS_REPORT_COMMAND_H_

#include <string>

#include "output_option.h"
#include "program.h"
#include "requests/trace.h"
#include "shared_options.h"
#include "text_input.h"

namespace modelkin {

struct ReportFlags {
  TraceRequest trace;
  TextFlags texts;  // to run the models on; none: they are not run
  SharedOptions shared;
  OutputFlags output;  // standard output without a path
  std::string format = "html";
  bool plan = false;
  bool announced = true;  // a line on the terminal says what was written
};

// Opens, traces, compares and writes. Returns the exit code.
int RunReport(const ReportFlags& flags, const Program& program);

}  // namespace modelkin

#endif  // MODELKIN_APPS_REPORT_COMMAND_H_
