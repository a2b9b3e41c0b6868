// What is said of a call that the parser refuses: one line, with what was probably meant.
#ifndef MODELKIN_APPS_USAGE_ERROR_H_
#define MODELKIN_APPS_USAGE_ERROR_H_

#include <CLI/CLI.hpp>
#include <string>
#include <vector>

namespace modelkin {

// Returns one line. `arguments`: as typed, without the program's name; `program` has parsed them,
// up to `error`.
std::string UsageMessage(const CLI::App& program, const std::vector<std::string>& arguments,
                         const CLI::ParseError& error);

// Returns a line where an argument is an option with a long dash for two hyphens, as pages and word
// processors write them, which parses as a model; "" where none is.
std::string LongDashMessage(const CLI::App& program, const std::vector<std::string>& arguments);

}  // namespace modelkin

#endif  // MODELKIN_APPS_USAGE_ERROR_H_
