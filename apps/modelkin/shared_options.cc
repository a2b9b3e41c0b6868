#include "shared_options.h"

#include <fmt/format.h>
#include <unistd.h>

#include <charconv>
#include <limits>

#include "base/error.h"
#include "base/escaped_text.h"
#include "base/interrupt.h"
#include "base/output_file.h"
#include "kernels/simd_target.h"

namespace modelkin {
namespace {

constexpr std::size_t kBufferBytes = std::size_t{1} << 16;

}  // namespace

void AddSharedOptions(CLI::App& command, SharedOptions& options) {
  command.add_option("--threads", options.threads, "Threads to compute with (default: all cores)")
      ->check(CLI::Range(1U, 1024U));
  command.add_flag("-q,--quiet", options.quiet, "No progress bar and no table; errors still show");
  command.add_option("--simd", options.simd,
                     "Instruction set to compute with, such as AVX2 (default: the best)");
}

void AddOpeningOptions(CLI::App& command, OpenOptions& opening) {
  command.add_flag("--partial", opening.partial,
                   "Go on where files or tensors of a model are missing, and say what is");
  command
      .add_option(
          "--base", opening.base,
          "The model that adapters (LoRA) were made for: they are opened as that model with "
          "their changes (default: the local folder that an adapter names)")
      ->type_name("MODEL");
}

void AddComponentOption(CLI::App& command, OpenOptions& opening) {
  command
      .add_option("--component", opening.components,
                  "Only a component of the models: text, vision, audio, projector or prediction "
                  "(repeatable)")
      ->take_all()
      ->expected(1)
      ->allow_extra_args(false)
      ->transform(
          CLI::CheckedTransformer(ValuesByName<Component>(kComponentNames), CLI::ignore_case)
              .description(""))
      ->type_name("COMPONENT");
}

std::vector<std::string> WithBase(std::vector<std::string> models, const OpenOptions& opening) {
  if (!opening.base.empty()) models.push_back(opening.base);
  return models;
}

void AddRepeatable(CLI::App& command, const std::string& name, std::vector<std::string>& values,
                   const std::string& description) {
  command.add_option(name, values, description)->take_all()->expected(1)->allow_extra_args(false);
}

void AddControlOption(CLI::App& command, std::vector<std::string>& controls) {
  AddRepeatable(command, "--control", controls,
                "A further model that is related to neither, to see the pair beside it "
                "(repeatable)");
}

void AddFilterFlags(CLI::App& command, FilterFlags& flags) {
  command.add_option("--layers", flags.layers, "Only tensors of these layers, as in 10,20,30-40");
  AddRepeatable(command, "--include", flags.include,
                "Only tensors whose name matches this glob, as in '*norm*' (repeatable)");
  AddRepeatable(command, "--exclude", flags.exclude,
                "No tensors whose name matches this glob (repeatable)");
  command.add_option(
      "--key-map", flags.key_map,
      "JSON file {\"name in A\": \"name in B\"}; a * matches any text and is carried over");
}

void RequireWholeNumbers(CLI::App& command) {
  const auto check = [](const std::string& text) -> std::string {
    std::uint64_t number = 0;
    const char* const end = text.data() + text.size();
    const auto [stopped, error] = std::from_chars(text.data(), end, number);
    const bool octal = text.size() > 1 && text.front() == '0';  // to the parser
    if (error == std::errc() && stopped == end && !octal) return "";
    return fmt::format("{} is no whole number from 0 to {}", Printable(text, 40),
                       std::numeric_limits<std::uint64_t>::max());
  };
  for (CLI::Option* const option : command.get_options()) {
    if (option->get_type_name().starts_with("UINT")) option->check(CLI::Validator(check, ""));
  }
  for (CLI::App* const action : command.get_subcommands(nullptr)) RequireWholeNumbers(*action);
}

PairingOptions FilterFlags::Parse() const {
  PairingOptions options;
  if (!layers.empty()) options.layers = ParseLayers(layers);
  options.include = include;
  options.exclude = exclude;
  if (!key_map.empty()) options.renames = ReadRenameRules(key_map);
  return options;
}

RequestContext MakeContext(const Program& program, const SharedOptions& options) {
  if (!ForceSimdTarget(options.simd)) {
    std::string known;
    for (const std::string& target : SupportedSimdTargets()) known += " " + target;
    throw Error(ErrorKind::kUsage,
                fmt::format("--simd {}: this machine has{}", Printable(options.simd), known));
  }
  RequestContext context;
  context.places = program.places;
  if (options.threads > 0) context.threads = options.threads;
  if (!options.quiet) context.progress = MakeTerminalProgress();
  context.arguments = program.arguments;
  return context;
}

void WriteToStandardOutput(const std::function<void(const TextSink&)>& write) {
  WriteBuffered(write,
                [](std::string_view text) { WriteAll(STDOUT_FILENO, text, "standard output"); });
}

void WriteBuffered(const std::function<void(const TextSink&)>& write, const TextSink& out) {
  std::string buffer;
  write([&](std::string_view text) {
    buffer += text;
    if (buffer.size() < kBufferBytes) return;
    ThrowIfInterrupted();
    out(buffer);
    buffer.clear();
  });
  out(buffer);
}

}  // namespace modelkin
