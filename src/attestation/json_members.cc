#include "attestation/json_members.h"

#include <fmt/format.h>

#include <cmath>

#include "base/error.h"

namespace modelkin {
namespace {

[[noreturn]] void FailAt(const std::string& file, std::string_view place,
                         std::string_view message) {
  throw Error(ErrorKind::kBadInput, fmt::format("\"{}\" {}", place, message),
              {.file = file, .tensor = {}, .offset_bytes = {}});
}

std::string PlaceIn(const std::string& object, std::string_view member) {
  return object.empty() ? std::string(member) : fmt::format("{}.{}", object, member);
}

}  // namespace

JsonMembers::JsonMembers(const nlohmann::json& value, std::string file, std::string place)
    : object_(value), file_(std::move(file)), place_(std::move(place)) {
  if (!object_.is_object()) FailAt(file_, place_, "is no object");
}

void JsonMembers::Fail(std::string_view name, std::string_view message) const {
  FailAt(file_, PlaceIn(place_, name), message);
}

const nlohmann::json& JsonMembers::Required(const char* name) const {
  const auto found = object_.find(name);
  if (found == object_.end()) Fail(name, "is missing");
  return *found;
}

const std::string& JsonMembers::Text(const char* name, std::size_t longest) const {
  const nlohmann::json& value = Required(name);
  if (!value.is_string()) Fail(name, "is no text");
  const auto& text = value.get_ref<const std::string&>();
  if (text.size() > longest) {
    Fail(name, fmt::format("is {} bytes long; at most {} make sense", text.size(), longest));
  }
  return text;
}

std::string JsonMembers::OptionalText(const char* name, std::size_t longest) const {
  return Has(name) && !Required(name).is_null() ? Text(name, longest) : "";
}

std::uint64_t JsonMembers::Count(const char* name) const {
  const nlohmann::json& value = Required(name);
  if (value.is_number_unsigned()) return value.get<std::uint64_t>();
  // Of protocol buffers, whose numbers are all of this kind.
  constexpr double kLargestExact = 9007199254740992;  // 2^53
  const double number = value.is_number_float() ? value.get<double>() : -1;
  if (!(number >= 0 && number <= kLargestExact) || number != std::floor(number)) {
    Fail(name, "is no whole number");
  }
  return static_cast<std::uint64_t>(number);
}

bool JsonMembers::Flag(const char* name) const {
  const nlohmann::json& value = Required(name);
  if (!value.is_boolean()) Fail(name, "is neither true nor false");
  return value.get<bool>();
}

const nlohmann::json& JsonMembers::Array(const char* name, std::size_t most) const {
  const nlohmann::json& value = Required(name);
  if (!value.is_array()) Fail(name, "is no list");
  if (value.size() > most) {
    Fail(name, fmt::format("has {} items; at most {} make sense", value.size(), most));
  }
  return value;
}

JsonMembers JsonMembers::Object(const char* name) const {
  return {Required(name), file_, PlaceIn(place_, name)};
}

JsonMembers JsonMembers::Item(const nlohmann::json& item, const char* array,
                              std::size_t index) const {
  return {item, file_, PlaceIn(place_, fmt::format("{}[{}]", array, index))};
}

}  // namespace modelkin
