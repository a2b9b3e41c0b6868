// How options are shown: in which group, and what their values are called. One table for all
// commands, so that --threads looks the same wherever it is.
#ifndef MODELKIN_APPS_OPTION_TABLE_H_
#define MODELKIN_APPS_OPTION_TABLE_H_

#include <CLI/CLI.hpp>
#include <string>
#include <vector>

namespace modelkin {

// Gives each option of `app`, and of its actions, its group and the name of its value, and whole
// numbers their bounds in plain words: "1 to 1024". Call when all options are there.
void ArrangeOptions(CLI::App& app);

// Returns the names of all groups, in the order of the help.
std::vector<std::string> OptionGroups();

}  // namespace modelkin

#endif  // MODELKIN_APPS_OPTION_TABLE_H_
