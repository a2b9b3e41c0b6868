// What an attestation says of which artefacts: an in-toto Statement, version 1
// (github.com/in-toto/attestation/tree/main/spec/v1).
#ifndef MODELKIN_ATTESTATION_STATEMENT_H_
#define MODELKIN_ATTESTATION_STATEMENT_H_

#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

namespace modelkin {

inline constexpr std::string_view kStatementType = "https://in-toto.io/Statement/v1";

struct StatementSubject {
  std::string name, uri;                       // may be ""
  std::map<std::string, std::string> digests;  // by algorithm: {"sha256": hexadecimal digits}

  // Returns the digest by an algorithm; "" if there is none.
  std::string Digest(const std::string& algorithm) const;
};

struct InTotoStatement {
  std::vector<StatementSubject> subjects;  // at least one
  std::string predicate_type;
  nlohmann::json predicate;  // an object
};

// Throws Error(kBadInput), with the name of the file, for anything else.
InTotoStatement ReadStatement(const std::string& file, nlohmann::json json);

}  // namespace modelkin

#endif  // MODELKIN_ATTESTATION_STATEMENT_H_
