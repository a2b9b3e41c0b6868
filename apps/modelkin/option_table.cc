#include "option_table.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>
#include <string_view>

#include "help_text.h"

namespace modelkin {
namespace {

constexpr std::string_view kCompared = "What to compare";
constexpr std::string_view kTexts = "Texts";
constexpr std::string_view kImages = "Images";
constexpr std::string_view kSure = "How sure";
constexpr std::string_view kOutput = "Output";
constexpr std::string_view kMachine = "Machine";
// Of options that one command alone has.
constexpr std::string_view kOther = "Options";

struct ShownOption {
  std::string_view name;
  std::string_view group;
  std::string_view value = {};  // "": as the command says, or that of its type
};

constexpr auto kOptions = std::to_array<ShownOption>({
    {"--control", kCompared, "MODEL"},
    {"--against", kCompared, "LIST"},
    {"--from", kCompared, "MODEL"},
    {"--claim", kCompared, "base_model=MODEL|FILE"},
    {"--claim-at", kCompared, "NAME=MODEL"},
    {"--series", kCompared},
    {"--parents", kCompared},
    {"--model", kCompared},
    {"--model1", kCompared, "MODEL"},
    {"--model2", kCompared, "MODEL"},
    {"--base", kCompared},
    {"--component", kCompared, "text|vision|audio|projector|prediction"},
    {"--layers", kCompared, "LAYERS"},
    {"--include", kCompared, "GLOB"},
    {"--exclude", kCompared, "GLOB"},
    {"--key-map", kCompared, "FILE"},
    {"--compare", kCompared},
    {"--by-name", kCompared},
    {"--by-value", kCompared},
    {"--within", kCompared},
    {"--functional", kCompared},
    {"--partial", kCompared},
    {"--fingerprints", kCompared},
    {"--heritage", kCompared, "auto|all|drawn"},
    {"--input", kCompared, "ID=PATH"},
    {"--ignore", kCompared, "PATH"},
    {"--key", kOutput, "FILE"},
    {"--public-key", kSure, "FILE"},
    {"--signature-only", kSure},
    {"--layer", kCompared, "LAYER"},
    {"--head", kCompared, "HEAD"},
    {"--text", kTexts, "TEXT"},
    {"--texts", kTexts},
    {"--ids", kTexts, "IDS"},
    {"--bytes", kTexts},
    {"--image", kImages, "FILE"},
    {"--grid", kImages, "FRAMES,ROWS,COLUMNS"},
    {"--beyond-context", kTexts},
    {"--generate", kTexts},
    {"--effort", kSure, "auto|full|quick"},
    {"--quick", kSure},
    {"--rows", kSure},
    {"--units", kSure},
    {"--permutations", kSure},
    {"--seed", kSure},
    {"--error-rate", kSure, "RATE"},
    {"--most-traced", kSure},
    {"--most-by-profile", kSure},
    {"--output", kOutput, "FILE"},
    {"--recipe", kOutput, "FILE"},
    {"--shard-bytes", kOutput, "BYTES"},
    {"--force", kOutput},
    {"--json", kOutput},
    {"--csv", kOutput},
    {"--markdown", kOutput},
    {"--format", kOutput},
    {"--details", kOutput},
    {"--color", kOutput},
    {"--stat", kOutput},
    {"--by-layer", kOutput},
    {"--no-quantiles", kOutput},
    {"--top", kOutput},
    {"--npy", kOutput},
    {"--arrays", kOutput},
    {"--digest", kOutput},
    {"--no-digest", kOutput},
    {"--exit-code", kOutput},
    {"--fail-on", kOutput, "OUTCOME"},
    {"--quiet", kOutput},
    {"--plan", kOutput},
    {"--keep", kOutput, "FOLDER"},
    {"--report", kOutput, "FILE"},
    {"--page", kOutput, "FILE"},
    {"--traces", kOutput, "FOLDER"},
    {"--threads", kMachine},
    {"--simd", kMachine, "TARGET"},
    {"--resume", kMachine, "FOLDER"},
    {"--offline", kMachine},
    {"--help", kMachine},
    {"--private", kOther, "FILE"},
    {"--commit", kOther, "FILE"},
    {"--dossier", kOther, "FILE"},
    {"--rank", kMachine},
    {"--world", kMachine},
    {"--tensor", kOther, "NAME"},
    {"--name", kOther, "NAME"},
    {"--licenses", kOther},
});

const ShownOption* ShownFor(const CLI::Option& option) {
  for (const std::string& name : option.get_lnames()) {
    const auto found = std::ranges::find(kOptions, "--" + name, &ShownOption::name);
    if (found != kOptions.end()) return &*found;
  }
  return nullptr;
}

// The parser's own: "UINT in [1 - 1024]".
std::optional<std::string> PlainBounds(const std::string& description) {
  const std::size_t open = description.find(" in ["), dash = description.find(" - ");
  if (open == std::string::npos || dash == std::string::npos || !description.ends_with(']')) {
    return std::nullopt;
  }
  const std::size_t begin = open + std::string_view(" in [").size();
  return fmt::format("{} to {}", description.substr(begin, dash - begin),
                     description.substr(dash + 3, description.size() - dash - 4));
}

void SayBoundsPlainly(CLI::Option& option) {
  for (int i = 0;; ++i) {
    CLI::Validator* validator = nullptr;
    try {
      validator = option.get_validator(i);
    } catch (const CLI::OptionNotFound&) {
      return;  // that was the last
    }
    const auto bounds = PlainBounds(validator->get_description());
    if (bounds) validator->description(*bounds);
  }
}

// Of a value whose command does not say what it is.
std::string ValueByType(const CLI::Option& option) {
  const std::string type = option.get_type_name();
  const std::string name = type.substr(0, type.find(':'));
  if (name == "UINT" || name == "INT") return "N";
  // A text is named after its option, as in --token TOKEN.
  if (name == "TEXT" && !option.get_lnames().empty()) {
    return InCapitals(option.get_lnames().front());
  }
  return name == "FLOAT" ? "NUMBER" : "";
}

}  // namespace

std::vector<std::string> OptionGroups() {
  std::vector<std::string> groups;
  for (const std::string_view group :
       {kCompared, kTexts, kImages, kSure, kOutput, kMachine, kOther}) {
    groups.emplace_back(group);
  }
  return groups;
}

void ArrangeOptions(CLI::App& app) {
  for (CLI::Option* const option : app.get_options()) {
    if (option->get_group().empty()) continue;  // hidden
    const std::string by_type = ValueByType(*option);
    if (!by_type.empty()) option->type_name(by_type);
    SayBoundsPlainly(*option);
    if (!option->nonpositional()) continue;
    const ShownOption* const shown = ShownFor(*option);
    if (shown == nullptr) continue;
    option->group(std::string(shown->group));
    if (!shown->value.empty()) option->type_name(std::string(shown->value));
  }
  for (CLI::App* const action : app.get_subcommands(nullptr)) ArrangeOptions(*action);
}

}  // namespace modelkin
