// Where a command writes, and what it must not replace.
#ifndef MODELKIN_APPS_OUTPUT_OPTION_H_
#define MODELKIN_APPS_OUTPUT_OPTION_H_

#include <CLI/CLI.hpp>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/input_files.h"
#include "base/output_target.h"
#include "report/text_sink.h"

namespace modelkin {

// -o and --force, as typed.
struct OutputFlags {
  std::string path;  // "" for none
  bool force = false;
};

void AddOutputOption(CLI::App& command, OutputFlags& flags,
                     const std::string& description = "Write everything to this file, as JSON");

void AddForceFlag(CLI::App& command, bool& force);

// Files that reading these models (or tokenizers, or configurations) may read, and `files`. Of a
// folder all but what modelkin itself wrote there; of a file also those of a model beside it. Files
// at a hub are none of this machine.
InputFiles InputsOf(const std::vector<std::string>& models,
                    const std::vector<std::string>& files = {});

// What a command that reads `inputs` may write to `path`.
OutputTarget PlanOutput(const std::string& path, const InputFiles& inputs, bool force);

// Of -o; nothing without. `models` and `files` are read, as InputsOf has them. Call before anything
// is computed. Throws as OutputTarget does, and Error(kUsage) where standard output is an input, to
// which a shell's >> would add.
std::optional<OutputTarget> PlanOutput(const OutputFlags& flags,
                                       const std::vector<std::string>& models,
                                       const std::vector<std::string>& files = {});

// Returns a model's name as one that every file system takes and no shell takes for anything else.
std::string PlainFileName(const std::string& model);

// Runs `write` with a sink to a file that appears whole or not at all; does nothing for no target.
void WriteToFile(const std::optional<OutputTarget>& target,
                 const std::function<void(const TextSink&)>& write);

}  // namespace modelkin

#endif  // MODELKIN_APPS_OUTPUT_OPTION_H_
