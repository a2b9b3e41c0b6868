#include "attestation/statement.h"

#include <fmt/format.h>

#include <utility>

#include "attestation/json_members.h"
#include "base/escaped_text.h"

namespace modelkin {
namespace {

// Of model signing before version 1, each file is a subject.
constexpr std::size_t kMostSubjects = 1'000'000;
constexpr std::size_t kMostDigests = 32;

StatementSubject ReadSubject(const JsonMembers& members) {
  StatementSubject subject{
      .name = members.OptionalText("name"), .uri = members.OptionalText("uri"), .digests = {}};
  const JsonMembers digests = members.Object("digest");
  if (digests.json().empty() || digests.json().size() > kMostDigests) {
    members.Fail("digest", fmt::format("has {} digests", digests.json().size()));
  }
  for (const auto& [algorithm, digest] : digests.json().items()) {
    subject.digests[algorithm] = digests.Text(algorithm.c_str());
  }
  return subject;
}

}  // namespace

std::string StatementSubject::Digest(const std::string& algorithm) const {
  const auto found = digests.find(algorithm);
  return found == digests.end() ? "" : found->second;
}

InTotoStatement ReadStatement(const std::string& file, nlohmann::json json) {
  const JsonMembers members(json, file, "");
  const std::string& type = members.Text("_type");
  if (type != kStatementType) {
    members.Fail("_type", fmt::format("is {}, and not {}", Printable(type), kStatementType));
  }
  InTotoStatement statement{
      .subjects = {}, .predicate_type = members.Text("predicateType"), .predicate = {}};
  const nlohmann::json& subjects = members.Array("subject", kMostSubjects);
  for (std::size_t i = 0; i < subjects.size(); ++i) {
    statement.subjects.push_back(ReadSubject(members.Item(subjects[i], "subject", i)));
  }
  if (statement.subjects.empty()) members.Fail("subject", "is empty: it is about nothing");
  static_cast<void>(members.Object("predicate"));
  statement.predicate = std::move(json["predicate"]);
  return statement;
}

}  // namespace modelkin
