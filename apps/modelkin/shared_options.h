// What the commands have in common: flags, output, progress.
#ifndef MODELKIN_APPS_SHARED_OPTIONS_H_
#define MODELKIN_APPS_SHARED_OPTIONS_H_

#include <CLI/CLI.hpp>
#include <array>
#include <cstddef>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "checkpoint/checkpoint.h"
#include "program.h"
#include "report/text_sink.h"
#include "requests/request_context.h"
#include "scan/pairing.h"

namespace modelkin {

struct SharedOptions {
  unsigned threads = 0;
  bool quiet = false;
  std::string simd;
};

void AddSharedOptions(CLI::App& command, SharedOptions& options);

// Returns values of an enumeration by their names, for an option. `names` in the order of the
// values.
template <class Enum, std::size_t kCount>
std::map<std::string, Enum> ValuesByName(const std::array<std::string_view, kCount>& names) {
  std::map<std::string, Enum> values;
  for (std::size_t i = 0; i < kCount; ++i) values.emplace(names[i], static_cast<Enum>(i));
  return values;
}

// --partial and --base, of all commands that read tensors or headers of a MODEL.
void AddOpeningOptions(CLI::App& command, OpenOptions& opening);

// --component, of those that look at components.
void AddComponentOption(CLI::App& command, OpenOptions& opening);

// Returns all that a command reads that opens these models so: --base as well.
std::vector<std::string> WithBase(std::vector<std::string> models, const OpenOptions& opening);

// --layers, --include, --exclude, --key-map, as typed.
struct FilterFlags {
  std::string layers;
  std::string key_map;
  std::vector<std::string> include;
  std::vector<std::string> exclude;

  PairingOptions Parse() const;
};

void AddFilterFlags(CLI::App& command, FilterFlags& flags);

// An option that takes one value each time it is given, and leaves the words after it alone.
void AddRepeatable(CLI::App& command, const std::string& name, std::vector<std::string>& values,
                   const std::string& description);

// --control, of all commands that set a pair beside strangers.
void AddControlOption(CLI::App& command, std::vector<std::string>& controls);

// Makes all options that take a whole number refuse what is none: the parser takes -1 for 2^64 - 1,
// as well as all that is beyond. Call when all options are there.
void RequireWholeNumbers(CLI::App& command);

// Applies --simd. The context's progress is a line on the terminal, which its end erases. Throws
// Error(kUsage) where this machine has no such instruction set.
RequestContext MakeContext(const Program& program, const SharedOptions& options);

// Runs `write` with a sink to standard output. Throws Error(kIo) if that fails.
void WriteToStandardOutput(const std::function<void(const TextSink&)>& write);

// Runs `write` with a sink that collects small pieces into larger ones for `out`.
void WriteBuffered(const std::function<void(const TextSink&)>& write, const TextSink& out);

}  // namespace modelkin

#endif  // MODELKIN_APPS_SHARED_OPTIONS_H_
