#include "figures/recorded_json.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "base/error.h"
#include "base/escaped_text.h"

namespace modelkin {
namespace {

using nlohmann::json;

const json* Find(const json& parent, const char* name) {
  if (!parent.is_object()) return nullptr;
  const auto found = parent.find(name);
  return found == parent.end() || found->is_null() ? nullptr : &*found;
}

}  // namespace

const json& RecordedJson::PartOf(const json& results) const {
  const json* const part = Find(results, command_.c_str());
  const json& found = part != nullptr && part->is_object() ? *part : results;
  const std::string command = Text(Object(found, "run"), "command");
  const std::string by = command == "report" ? command_ : command;
  if (by != command_) {
    Fail(fmt::format("it has results of modelkin {}: this figure shows those of modelkin {} --json",
                     command.empty() ? "no command" : Printable(command, 40), command_));
  }
  return found;
}

const json& RecordedJson::Object(const json& parent, const char* name) const {
  static const json kNone = json::object();
  const json* const found = Find(parent, name);
  if (found != nullptr && !found->is_object()) Fail(fmt::format("{} is no object", name));
  return found == nullptr ? kNone : *found;
}

const json& RecordedJson::List(const json& parent, const char* name) const {
  static const json kNone = json::array();
  const json* const found = Find(parent, name);
  if (found != nullptr && !found->is_array()) Fail(fmt::format("{} is no list", name));
  return found == nullptr ? kNone : *found;
}

std::string RecordedJson::Text(const json& parent, const char* name) const {
  const json* const found = Find(parent, name);
  return found != nullptr && found->is_string() ? found->get<std::string>() : "";
}

std::optional<double> RecordedJson::Number(const json& parent, const char* name) const {
  const json* const found = Find(parent, name);
  return found != nullptr && found->is_number() ? std::optional(found->get<double>())
                                                : std::nullopt;
}

void RecordedJson::Fail(std::string_view what) const {
  throw Error(ErrorKind::kBadInput, fmt::format("{}: {}", Printable(file_), what));
}

}  // namespace modelkin
