// Members of JSON from another party, each checked as it is taken.
#ifndef MODELKIN_DOSSIER_RECORD_FIELDS_H_
#define MODELKIN_DOSSIER_RECORD_FIELDS_H_

#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "dossier/merkle_tree.h"
#include "dossier/row_codes.h"

namespace modelkin {

// Of one object, which has to outlive it. All but Find throw Error(kBadInput), which names the
// file, the object and the member.
class RecordFields {
 public:
  // `where`: what the object is, for messages: 'blocks[3]'; "" of the whole file.
  RecordFields(const nlohmann::json& object, std::string file, std::string where);

  [[noreturn]] void Fail(std::string_view name, std::string_view what) const;
  const nlohmann::json* Find(std::string_view name) const;
  const nlohmann::json& Require(std::string_view name) const;
  std::uint64_t Number(std::string_view name, std::uint64_t least, std::uint64_t most) const;
  std::optional<std::uint32_t> OptionalNumber(std::string_view name) const;
  bool Flag(std::string_view name) const;
  std::string Text(std::string_view name, std::size_t longest) const;
  Digest Hash(std::string_view name) const;
  // An array of `least` to `most` items.
  const nlohmann::json& List(std::string_view name, std::uint64_t least, std::uint64_t most) const;
  // Numbers that ascend, below 2^32.
  std::vector<std::uint32_t> Ascending(std::string_view name, std::uint64_t most) const;
  // Exactly so many codes, from -127 to 127, in base64.
  RowCodes Codes(std::string_view name, std::uint64_t count) const;
  // A member that is an object, and the i-th item of a list that has to be one.
  RecordFields Object(std::string_view name) const;
  RecordFields Item(const nlohmann::json& list, std::string_view name, std::size_t i) const;

 private:
  std::string Path(std::string_view name) const;

  const nlohmann::json& object_;
  std::string file_, where_;
};

// Returns the codes' bytes in base64 (RFC 4648, with padding).
std::string TextOfCodes(const RowCodes& codes);

}  // namespace modelkin

#endif  // MODELKIN_DOSSIER_RECORD_FIELDS_H_
