#include "report/attestation_check.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <utility>
#include <variant>

#include "attestation/json_members.h"
#include "attestation/model_signature.h"
#include "base/error.h"
#include "base/escaped_text.h"
#include "report/attestation_json.h"
#include "requests/attest.h"
#include "requests/recorded_request.h"

namespace modelkin {
namespace {

namespace fs = std::filesystem;
using RecordedValue = nlohmann::json;

constexpr int kEvidenceFails = 1, kSignatureFails = 5, kBothFail = 6;
// The id of the model of a signature of model signing, which has no inputs.
constexpr const char* kSignedModel = "model";

[[noreturn]] void FailAttestation(const std::string& file, std::string_view message) {
  throw Error(ErrorKind::kBadInput, message, {.file = file, .tensor = {}, .offset_bytes = {}});
}

// Of a folder that holds the attestation itself, as published models do.
void IgnoreAttestation(const std::string& file, const std::string& model,
                       std::vector<std::string>& ignored) {
  std::error_code failure;
  const fs::path within =
      fs::weakly_canonical(file, failure).lexically_relative(fs::weakly_canonical(model, failure));
  const std::string path = within.generic_string();
  if (failure || path.empty() || path == "." || path.starts_with("..")) return;
  if (std::ranges::find(ignored, path) == ignored.end()) ignored.push_back(path);
}

// What our predicate records of a model.
struct RecordedModel {
  std::string name, uri, commit;
  std::optional<ModelManifest> manifest;
};

RecordedModel ReadRecordedModel(const JsonMembers& predicate, const char* member) {
  const JsonMembers model = predicate.Object(member);
  RecordedModel recorded{.name = model.OptionalText("name"),
                         .uri = model.OptionalText("uri"),
                         .commit = model.OptionalText("commit"),
                         .manifest = {}};
  const bool has_manifest = model.Has("resources") && !model.json()["resources"].is_null();
  if (has_manifest) {
    recorded.manifest = ReadManifest(model);
    if (recorded.manifest->RootDigest() != model.OptionalText("sha256")) {
      model.Fail("sha256", "is not the digest of the files that it lists");
    }
  } else if (recorded.commit.empty()) {
    model.Fail("resources", "is missing: nothing says which files it is about");
  }
  return recorded;
}

std::string ResolvedOf(const RecordedValue& predicate, const InputId& id) {
  const auto inputs = predicate.find("inputs");
  if (inputs == predicate.end() || !inputs->is_array()) return "";
  for (const RecordedValue& input : *inputs) {
    if (input.is_object() && input.value("id", RecordedValue()) == RecordedValue(id.Name())) {
      const RecordedValue resolved = input.value("resolved", RecordedValue());
      return resolved.is_string() ? resolved.get<std::string>() : "";
    }
  }
  return "";
}

// A statement says in three places what it is about: they agree, or it was put together.
void RequireOneSubject(const std::string& file, const InTotoStatement& statement,
                       const RecordedModel& model) {
  const StatementSubject& subject = statement.subjects.front();
  const std::string digest = model.manifest ? model.manifest->RootDigest() : "";
  if (subject.Digest("sha256") != digest || subject.Digest("gitCommit") != model.commit ||
      subject.name != model.name || subject.uri != model.uri) {
    FailAttestation(file, "contradicts itself: its subject is not the model of its predicate");
  }
  if (!model.uri.empty() && model.uri != ResolvedOf(statement.predicate, {.role = InputRole::kB})) {
    FailAttestation(file, "contradicts itself: its model is at another place than its input b");
  }
  for (std::size_t i = 1; i < statement.subjects.size(); ++i) {
    const StatementSubject& other = statement.subjects[i];
    const bool is_file =
        model.manifest && std::ranges::any_of(model.manifest->items, [&](const ManifestItem& item) {
          return item.Name() == other.name && item.sha256 == other.Digest("sha256");
        });
    if (!is_file) {
      FailAttestation(file, fmt::format("is about {} too, which is no file of its model",
                                        other.name.empty() ? "a subject without a name"
                                                           : Printable(other.name)));
    }
  }
}

// Without what the two models are, which is compared by itself.
RecordedValue WithoutModels(RecordedValue predicate) {
  predicate.erase("model");
  predicate.erase("base");
  if (predicate.contains("claim") && predicate["claim"].is_object()) {
    predicate["claim"].erase("a");
    predicate["claim"].erase("b");
  }
  return predicate;
}

// Null of no files that are there: what a hub's files hold is digested only where that is asked
// for, and one side may be a copy on this machine.
void DropDigestsOfOneSide(RecordedValue& recorded, RecordedValue& computed) {
  const auto files = [](RecordedValue& predicate, std::size_t input) -> RecordedValue* {
    RecordedValue& inputs = predicate["inputs"];
    if (!inputs.is_array() || input >= inputs.size() || !inputs[input].is_object()) return nullptr;
    RecordedValue& list = inputs[input]["files"];
    return list.is_array() ? &list : nullptr;
  };
  for (std::size_t i = 0; i < computed["inputs"].size(); ++i) {
    RecordedValue *const then = files(recorded, i), *const now = files(computed, i);
    if (then == nullptr || now == nullptr) continue;
    for (std::size_t k = 0; k < std::min(then->size(), now->size()); ++k) {
      RecordedValue &was = (*then)[k], &is = (*now)[k];
      if (!was.is_object() || !was.contains("sha256")) continue;
      if (was["sha256"].is_null() == is["sha256"].is_null()) continue;
      was.erase("sha256");
      is.erase("sha256");
    }
  }
}

AttestedModelCheck CompareModel(InputId id, const RecordedModel& recorded,
                                const AttestedModel& again) {
  AttestedModelCheck check{.id = id.Name(), .files = {}, .by_commit = false, .not_compared = {}};
  if (recorded.manifest && again.manifest) {
    check.files = CompareManifests(*recorded.manifest, *again.manifest);
  } else if (!recorded.commit.empty() && !again.commit.empty()) {
    check.by_commit = true;
    if (recorded.commit == again.commit) {
      check.files.equal = 1;
    } else {
      check.files.changed.push_back(recorded.commit);
    }
  } else {
    check.not_compared = fmt::format("the attestation says only that it is commit {} of a hub",
                                     Printable(recorded.commit));
  }
  return check;
}

class AttestationChecker {
 public:
  AttestationChecker(const std::string& file, const AttestedFile& attested,
                     std::map<std::string, std::string> inputs, const RequestContext& context)
      : file_(file), attested_(attested), inputs_(std::move(inputs)), context_(context) {}

  void Run(AttestationCheck& check) {
    switch (check.kind) {
      case AttestedKind::kLineage: return CheckLineage(check);
      case AttestedKind::kModelSignature: return CheckModelSignature(check);
      case AttestedKind::kOther: break;
    }
    FailAttestation(file_, fmt::format("says something of the kind {}, which is computed nowhere "
                                       "here",
                                       Printable(attested_.statement.predicate_type)));
  }

 private:
  void CheckLineage(AttestationCheck& check) {
    const RecordedValue& recorded = attested_.statement.predicate;
    const JsonMembers predicate(recorded, file_, "predicate");
    const RecordedModel model = ReadRecordedModel(predicate, "model");
    const RecordedModel base = ReadRecordedModel(predicate, "base");
    RequireOneSubject(file_, attested_.statement, model);
    const AnyRequest any = ReadRequest(file_, recorded, std::move(inputs_));
    const auto* const trace = std::get_if<TraceRequest>(&any);
    if (trace == nullptr) FailAttestation(file_, "records no trace, which attestations are of");
    AttestRequest request{.trace = *trace,
                          .a = Scope(base, trace->models.a),
                          .b = Scope(model, trace->models.b),
                          .digest_remote = model.manifest || base.manifest};
    const AttestResults again = Attest(request);
    check.models = {CompareModel({.role = InputRole::kA}, base, again.a),
                    CompareModel({.role = InputRole::kB}, model, again.b)};
    RecordedValue then = WithoutModels(recorded);
    RecordedValue now = WithoutModels(RecordedValue::parse(Dump(AttestationPredicate(again))));
    DropDigestsOfOneSide(then, now);
    check.values = CompareResultsJson(then, now);
  }

  AttestedScope Scope(const RecordedModel& recorded, const std::string& place) const {
    AttestedScope scope;
    if (recorded.manifest) scope.ignored = recorded.manifest->rules.ignored;
    if (!context_.places->IsRemote(place)) IgnoreAttestation(file_, place, scope.ignored);
    return scope;
  }

  // What can't be left out of a digest is the attestation's mistake, not the caller's.
  AttestResults Attest(const AttestRequest& request) const {
    try {
      return AttestModels(request, context_);
    } catch (const Error& error) {
      if (error.kind() != ErrorKind::kUsage) throw;
      throw Error(ErrorKind::kBadInput, error.message(), error.site());
    }
  }

  void CheckModelSignature(AttestationCheck& check) {
    const ModelManifest recorded = ReadModelSignature(file_, attested_.statement);
    const auto place = inputs_.find(kSignedModel);
    if (place == inputs_.end() || inputs_.size() > 1) {
      throw Error(ErrorKind::kUsage,
                  "is a signature of model signing, which does not say where the model is: name "
                  "that by --input model=PATH",
                  {.file = file_, .tensor = {}, .offset_bytes = {}});
    }
    const Places& places = *context_.places;
    ManifestRules rules = recorded.rules;
    if (!places.IsRemote(place->second)) IgnoreAttestation(file_, place->second, rules.ignored);
    const ModelManifest again = MakeManifest(ListModelFiles(place->second, rules.ignored, places),
                                             rules, places, context_.threads, *context_.progress);
    check.models = {{.id = kSignedModel,
                     .files = CompareManifests(recorded, again),
                     .by_commit = false,
                     .not_compared = {}}};
  }

  const std::string& file_;
  const AttestedFile& attested_;
  std::map<std::string, std::string> inputs_;
  const RequestContext& context_;
};

AttestedKind KindOfPredicate(const std::string& type) {
  if (type == kAttestationType) return AttestedKind::kLineage;
  const bool is_signature = type == kModelSignatureType || type == kOldModelSignatureType;
  return is_signature ? AttestedKind::kModelSignature : AttestedKind::kOther;
}

std::string ToolOf(const RecordedValue& predicate) {
  const auto tool = predicate.find("tool");
  if (tool == predicate.end() || !tool->is_object()) return "";
  const RecordedValue name = tool->value("name", RecordedValue()),
                      version = tool->value("version", RecordedValue());
  if (!name.is_string() || !version.is_string()) return "";
  return fmt::format("{} {}", name.get<std::string>(), version.get<std::string>());
}

}  // namespace

std::optional<bool> AttestationCheck::evidence_holds() const {
  if (!unknown.empty()) return std::nullopt;
  const bool files = std::ranges::all_of(
      models, [](const AttestedModelCheck& model) { return model.files.agree(); });
  return files && (!values || values->agree());
}

int AttestationCheck::exit_code() const {
  const auto evidence = evidence_holds();
  if (!evidence) return unknown_exit;
  if (*evidence) return signature_holds() ? 0 : kSignatureFails;
  return signature_holds() ? kEvidenceFails : kBothFail;
}

AttestationCheck CheckAttestation(const std::string& file, const RecordedValue& document,
                                  const PublicKey* key, std::map<std::string, std::string> inputs,
                                  const RequestContext& context, AttestationExtent extent) {
  const HeedStop heed(*context.stop);
  const AttestedFile attested = ReadAttestedFile(file, document);
  const InTotoStatement& statement = attested.statement;
  AttestationCheck check{.form = attested.form,
                         .kind = KindOfPredicate(statement.predicate_type),
                         .predicate_type = statement.predicate_type,
                         .subject = statement.subjects.front(),
                         .subjects = statement.subjects.size(),
                         .signature = CheckSignature(attested, key),
                         .signatures = attested.envelope ? attested.envelope->signatures.size() : 0,
                         .algorithm = key == nullptr ? "" : key->Algorithm(),
                         .key_id = key == nullptr ? "" : key->Id(),
                         .key_given = key != nullptr,
                         .made_by = ToolOf(statement.predicate),
                         .values = {},
                         .models = {},
                         .unknown = {},
                         .unknown_exit = 0,
                         .signature_only = false};
  if (extent == AttestationExtent::kSignature) {
    check.signature_only = true;
    check.unknown = "It was not asked for.";
    check.unknown_exit = check.signature_holds() ? 0 : kSignatureFails;
    return check;
  }
  try {
    AttestationChecker(file, attested, std::move(inputs), context).Run(check);
  } catch (const Error& error) {
    check.values.reset();
    check.models.clear();
    check.unknown = error.what();
    check.unknown_exit = static_cast<int>(error.kind());
  }
  return check;
}

std::string AttestedSimdTarget(const std::string& file, const RecordedValue& document) {
  return RecordedSimdTarget(ReadAttestedFile(file, document).statement.predicate);
}

}  // namespace modelkin
