// Members of JSON that strangers wrote, each of the one type that it has.
#ifndef MODELKIN_ATTESTATION_JSON_MEMBERS_H_
#define MODELKIN_ATTESTATION_JSON_MEMBERS_H_

#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

namespace modelkin {

// An object of a file, and where it is in it for messages.
class JsonMembers {
 public:
  // `place`: "predicate"; "" of the whole file. Throws Error(kBadInput) where `value` is no object.
  JsonMembers(const nlohmann::json& value, std::string file, std::string place);

  bool Has(const char* name) const { return object_.contains(name); }
  // Each throws Error(kBadInput), with the member's place, where it is missing or of another type.
  const std::string& Text(const char* name, std::size_t longest = kLongestText) const;
  std::uint64_t Count(const char* name) const;
  bool Flag(const char* name) const;
  const nlohmann::json& Array(const char* name, std::size_t most) const;
  JsonMembers Object(const char* name) const;
  JsonMembers Item(const nlohmann::json& item, const char* array, std::size_t index) const;

  // Of an absent one: "".
  std::string OptionalText(const char* name, std::size_t longest = kLongestText) const;

  const nlohmann::json& json() const { return object_; }
  const std::string& file() const { return file_; }
  [[noreturn]] void Fail(std::string_view name, std::string_view message) const;

  static constexpr std::size_t kLongestText = 4096;

 private:
  const nlohmann::json& Required(const char* name) const;

  const nlohmann::json& object_;
  std::string file_, place_;
};

}  // namespace modelkin

#endif  // MODELKIN_ATTESTATION_JSON_MEMBERS_H_
