#include "output_option.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <string_view>

#include "base/error.h"
#include "base/interrupt.h"
#include "base/output_file.h"
#include "base/own_output.h"
#include "checkpoint/weight_file_name.h"
#include "hub_connection.h"
#include "shared_options.h"
#include "source/places.h"

namespace modelkin {
namespace {

constexpr auto kModelFileEndings =
    std::to_array<std::string_view>({".index.json", "config.json", "tokenizer.json", "vocab.json",
                                     "vocab.txt", "merges.txt", ".model", ".tiktoken"});

bool IsModelFile(std::string_view name) {
  return HasWeightEnding(name) ||
         std::ranges::any_of(kModelFileEndings,
                             [&](std::string_view ending) { return name.ends_with(ending); });
}

std::vector<std::string> NamesIn(const std::string& folder) {
  try {
    return ThisMachine().FilesIn(folder);
  } catch (const Error&) {
    return {};  // opening the model says why
  }
}

void AddModel(const std::string& model, InputFiles& inputs) {
  for (const std::string& file : CachedFilesOf(model)) inputs.Add(file);
  const bool is_folder = ThisMachine().IsFolder(model);
  std::string folder = is_folder ? model : std::filesystem::path(model).parent_path().string();
  if (folder.empty()) folder = ".";
  if (!is_folder) inputs.Add(model);
  for (const std::string& name : NamesIn(folder)) {
    const std::string path = fmt::format("{}/{}", folder, name);
    if (IsModelFile(name) || (is_folder && !IsOwnOutputFile(AT_FDCWD, path))) inputs.Add(path);
  }
}

}  // namespace

void AddOutputOption(CLI::App& command, OutputFlags& flags, const std::string& description) {
  command.add_option("-o,--output", flags.path, description);
  AddForceFlag(command, flags.force);
}

void AddForceFlag(CLI::App& command, bool& force) {
  command.add_flag("--force", force,
                   "Replace files that modelkin did not write as well (never an input)");
}

InputFiles InputsOf(const std::vector<std::string>& models, const std::vector<std::string>& files) {
  InputFiles inputs;
  for (const std::string& model : models) {
    if (!model.empty()) AddModel(model, inputs);
  }
  for (const std::string& file : files) inputs.Add(file);
  return inputs;
}

OutputTarget PlanOutput(const std::string& path, const InputFiles& inputs, bool force) {
  return {path, inputs, force ? Replace::kAnything : Replace::kOwnOutput};
}

std::optional<OutputTarget> PlanOutput(const OutputFlags& flags,
                                       const std::vector<std::string>& models,
                                       const std::vector<std::string>& files) {
  struct stat status = {};
  const bool to_file = fstat(STDOUT_FILENO, &status) == 0 && S_ISREG(status.st_mode);
  if (flags.path.empty() && !to_file) return std::nullopt;
  const InputFiles inputs = InputsOf(models, files);
  if (to_file && inputs.Holds(status)) {
    throw Error(ErrorKind::kUsage, "standard output is an input: write to another file");
  }
  if (flags.path.empty()) return std::nullopt;
  return PlanOutput(flags.path, inputs, flags.force);
}

std::string PlainFileName(const std::string& model) {
  constexpr std::size_t kLongest = 60;
  std::string name;
  for (const char c : model.substr(0, kLongest)) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                       c == '.' || c == '-' || c == '_';
    name += plain ? c : '_';
  }
  return name;
}

void WriteToFile(const std::optional<OutputTarget>& target,
                 const std::function<void(const TextSink&)>& write) {
  if (!target) return;
  OutputFile file(*target);
  WriteBuffered(write, [&](std::string_view text) { file.Write(text); });
  ThrowIfInterrupted();
  file.Commit();
}

}  // namespace modelkin
