#include <fmt/format.h>

#include "base/escaped_text.h"
#include "report/answer_text.h"
#include "report/attestation_check.h"
#include "report/json_output.h"
#include "requests/tool_version.h"

namespace modelkin {
namespace {

constexpr std::size_t kShownFiles = 10;

std::string ShortDigest(const std::string& digest) { return digest.substr(0, 16); }

std::string SignatureText(const AttestationCheck& check) {
  const std::string key =
      fmt::format("the key {} ({})", ShortDigest(check.key_id), check.algorithm);
  switch (check.signature) {
    case SignatureState::kNone:
      return check.key_given ? "DOES NOT HOLD. The file is not signed at all." : "There is none.";
    case SignatureState::kNotChecked:
      return "Not checked: --public-key FILE says whose it should be. Without that anybody may "
             "have made it.";
    case SignatureState::kHolds:
      return fmt::format(
          "Holds: made by {}{}.", key,
          check.signatures > 1 ? fmt::format(", one of {} signatures", check.signatures) : "");
    case SignatureState::kOtherKey:
      return fmt::format("DOES NOT HOLD. It names another key than {}.", key);
    case SignatureState::kBroken:
      return fmt::format(
          "DOES NOT HOLD. It was not made by {} over these bytes: they were "
          "changed after signing, or the key is not the signer's.",
          key);
    case SignatureState::kByCertificate: break;
  }
  return fmt::format(
      "{}It is by a certificate (Sigstore without keys, or a PKI), which is not "
      "checked here: `model_signing verify` does that.",
      check.key_given ? "DOES NOT HOLD by a key. " : "Not checked. ");
}

std::string ListOfFiles(const std::vector<std::string>& names) {
  std::string text;
  for (std::size_t i = 0; i < names.size() && i < kShownFiles; ++i) {
    text += fmt::format("{}{}", i == 0 ? "" : ", ", Printable(names[i]));
  }
  if (names.size() > kShownFiles) text += fmt::format(" and {} more", names.size() - kShownFiles);
  return text;
}

std::string FilesText(const AttestedModelCheck& model) {
  if (!model.not_compared.empty()) {
    return fmt::format("Files not compared: {}.", model.not_compared);
  }
  if (model.files.agree()) {
    if (model.by_commit) return "At the same commit.";
    return model.files.equal == 1
               ? "Its file is as it was."
               : fmt::format("Its {} files are as they were.", model.files.equal);
  }
  if (model.by_commit) return "NOT at the same commit.";
  std::string text = "NOT as it was.";
  const auto add = [&](std::string_view what, const std::vector<std::string>& names) {
    if (!names.empty()) text += fmt::format(" {}: {}.", what, ListOfFiles(names));
  };
  add("Changed", model.files.changed);
  add("Missing", model.files.missing);
  add("New", model.files.added);
  return text;
}

std::string EvidenceText(const AttestationCheck& check) {
  if (check.signature_only) return check.unknown;
  if (!check.unknown.empty()) return fmt::format("Not known. {}", check.unknown);
  return *check.evidence_holds() ? "Holds: it comes out again."
                                 : "DOES NOT HOLD. It does not come out again.";
}

std::string VersionsText(const AttestationCheck& check) {
  const std::string here = fmt::format("modelkin {}", kToolVersion);
  if (check.kind != AttestedKind::kLineage || check.made_by == here) return "";
  return fmt::format(
      "Made by {}, checked by {}: another version may word or compute it "
      "otherwise.",
      check.made_by.empty() ? "what it does not say" : Printable(check.made_by), here);
}

Json FilesJson(const AttestedModelCheck& model) {
  const bool compared = model.not_compared.empty();
  return {{"id", model.id},
          {"holds", compared ? Json(model.files.agree()) : Json(nullptr)},
          {"equal", model.files.equal},
          {"changed", model.files.changed},
          {"missing", model.files.missing},
          {"new", model.files.added},
          {"not_compared", compared ? Json(nullptr) : Json(model.not_compared)}};
}

Json AboutJson(const AttestationCheck& check) {
  Json models = Json::array();
  for (const AttestedModelCheck& model : check.models) models.push_back(FilesJson(model));
  const auto evidence = check.evidence_holds();
  const auto or_null = [](const std::string& text) {
    return text.empty() ? Json(nullptr) : Json(text);
  };
  return {{"form", AttestedFormName(check.form)},
          {"predicate_type", check.predicate_type},
          {"subject", {{"name", check.subject.name}, {"digest", check.subject.digests}}},
          {"subjects", check.subjects},
          {"made_by", or_null(check.made_by)},
          {"signature", SignatureStateName(check.signature)},
          {"signatures", check.signatures},
          {"key", or_null(check.key_id)},
          {"key_algorithm", or_null(check.algorithm)},
          {"signature_holds", check.key_given ? Json(check.signature_holds()) : Json(nullptr)},
          {"evidence_holds", evidence ? Json(*evidence) : Json(nullptr)},
          {"evidence_unknown", or_null(check.unknown)},
          {"models", std::move(models)},
          {"exit_code", check.exit_code()}};
}

}  // namespace

void WriteAttestationCheckText(const AttestationCheck& check, const Screen& screen,
                               const TextSink& sink) {
  const auto holds = [&](bool yes, const std::string& text) {
    const std::string bad = "DOES NOT HOLD", good = "Holds";
    if (!yes && text.starts_with(bad)) {
      return screen.style.Bad(bad) + text.substr(bad.size());
    }
    return yes && text.starts_with(good) ? screen.style.Good(good) + text.substr(good.size())
                                         : text;
  };
  const std::string digest = check.subject.Digest("sha256");
  sink(Labelled("About",
                fmt::format("{}{}", Printable(check.subject.name),
                            digest.empty() ? "" : ", SHA-256 " + Printable(digest)),
                screen));
  sink(Labelled("Signature", holds(check.signature == SignatureState::kHolds, SignatureText(check)),
                screen));
  sink(Labelled("Evidence", holds(check.evidence_holds().value_or(false), EvidenceText(check)),
                screen));
  for (const AttestedModelCheck& model : check.models) {
    const std::string label = model.id.size() == 1 ? Capitals(model.id) : "Model";
    sink(Labelled(label, FilesText(model), screen));
  }
  sink(Labelled("But", VersionsText(check), screen));
  if (check.values) {
    sink("\n");
    WriteDifferencesText(*check.values, sink);
  }
}

void WriteAttestationCheckJson(const AttestationCheck& check, const TextSink& sink) {
  JsonDifferences values = check.values.value_or(JsonDifferences());
  JsonObjectWriter writer(sink);
  writer.Member("confirmed", check.exit_code() == 0);
  writer.Member("equal", values.equal);
  writer.Member("close", values.close);
  writer.Member("different", values.different);
  writer.Member("differences", DifferencesJson(values));
  writer.Member("attestation", AboutJson(check));
  writer.End();
}

}  // namespace modelkin
