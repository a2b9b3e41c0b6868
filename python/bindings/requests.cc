#include "requests.h"

#include <fmt/format.h>
#include <nanobind/stl/map.h>
#include <nanobind/stl/optional.h>
#include <nanobind/stl/pair.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/tuple.h>
#include <nanobind/stl/vector.h>

#include <map>
#include <nlohmann/json.hpp>
#include <tuple>

#include "answer.h"
#include "attestation/attested_file.h"
#include "attestation/openssl_keys.h"
#include "base/error.h"
#include "base/escaped_text.h"
#include "call.h"
#include "library/written.h"
#include "option_values.h"
#include "report/attestation_check.h"
#include "report/attestation_json.h"
#include "report/audit_report.h"
#include "report/check_report.h"
#include "report/compare_json.h"
#include "report/compare_text.h"
#include "report/config_report.h"
#include "report/diff_report.h"
#include "report/dynamics_report.h"
#include "report/explain_report.h"
#include "report/inspect_report.h"
#include "report/merge_report.h"
#include "report/page_template.h"
#include "report/report_markdown.h"
#include "report/report_page.h"
#include "report/requant_report.h"
#include "report/run_report.h"
#include "report/tokenizer_report.h"
#include "report/trace_report.h"
#include "report/verification.h"
#include "requests/attest.h"
#include "requests/claims.h"
#include "requests/found_recipe.h"
#include "requests/merge.h"
#include "requests/report.h"
#include "requests/series.h"
#include "source/mapped_file.h"

namespace nb = nanobind;

namespace modelkin {
namespace {

// Writers by (results, screen, sink), without colours.
template <class Results>
auto Plain(void (*write)(const Results&, const Screen&, const TextSink&)) {
  return [write](const Results& results, const TextSink& sink) { write(results, {}, sink); };
}

struct Filter {
  std::string layers;  // "0,2-3"; "" for all
  Strings include, exclude;
  std::vector<std::pair<std::string, std::string>> renames;
  std::optional<std::string> key_map;  // a file, in place of renames

  PairingOptions Options() const {
    PairingOptions options{.include = include, .exclude = exclude};
    if (!layers.empty()) options.layers = ParseLayers(layers);
    if (key_map) options.renames = ReadRenameRules(*key_map);
    for (const auto& [pattern, replacement] : renames) {
      options.renames.push_back({.pattern = pattern, .replacement = replacement});
    }
    return options;
  }
};

DigestPolicy PolicyOf(std::optional<bool> digest, DigestPolicy otherwise) {
  if (!digest) return otherwise;
  return *digest ? DigestPolicy::kAlways : DigestPolicy::kNever;
}

Answer AskInspect(const CallSettings& call, const std::string& model, const OpenOptions& opening) {
  return Answered(
      call, [&](const RequestContext& context) { return InspectModel(model, opening, context); },
      [](const Inspection& results, const TextSink& sink) { WriteInspectJson(results, sink); },
      Plain(WriteInspectText));
}

Answer AskConfig(const CallSettings& call, const Strings& models) {
  return Answered(
      call, [&](const RequestContext& context) { return CompareModelConfigs(models, context); },
      [](const ConfigComparison& results, const TextSink& sink) { WriteConfigJson(results, sink); },
      Plain(WriteConfigText));
}

Answer AskTokenizer(const CallSettings& call, const std::string& a, const std::string& b) {
  return Answered(
      call, [&](const RequestContext& context) { return CompareTokenizerFiles(a, b, context); },
      [](const TokenizerResults& results, const TextSink& sink) {
        WriteTokenizerJson(results, sink);
      },
      Plain(WriteTokenizerText));
}

Answer AskCompare(const CallSettings& call, const ModelPaths& models, const OpenOptions& opening,
                  const Filter& filter, bool within, bool by_name, bool quantiles,
                  std::optional<bool> digest, const std::optional<Texts>& functional) {
  return Answered(
      call,
      [&](const RequestContext& context) {
        return CompareModels({.models = models,
                              .opening = opening,
                              .options = {.pairing = filter.Options(),
                                          .within = within,
                                          .by_name = by_name,
                                          .quantiles = quantiles,
                                          .digest = PolicyOf(digest, DigestPolicy::kAuto),
                                          .functional = functional}},
                             context);
      },
      [](const CompareResults& results, const TextSink& sink) { WriteCompareJson(results, sink); },
      [](const CompareResults& results, const TextSink& sink) {
        WriteCompareText(results, {}, sink);
      });
}

Answer AskTrace(const CallSettings& call, const ModelPaths& models, const OpenOptions& opening,
                const TraceSettingsInWords& settings, const std::string& resume,
                const std::string& recipe) {
  return Answered(
      call,
      [&](const RequestContext& context) {
        std::optional<OutputTarget> target;
        if (!recipe.empty()) target.emplace(recipe, InputFiles(), Replace::kOwnOutput);
        TraceResults results = TraceModels(
            {.models = models, .opening = opening, .options = settings.Options(), .resume = resume},
            context);
        if (target) WriteFoundRecipe(results, *target, context);
        return results;
      },
      [](const TraceResults& results, const TextSink& sink) { WriteTraceJson(results, sink); },
      Plain(WriteTraceText));
}

Answer AskTraceSeries(const CallSettings& call, const Strings& checkpoints,
                      const OpenOptions& opening) {
  return Answered(
      call,
      [&](const RequestContext& context) {
        return FollowSeries({.checkpoints = checkpoints, .opening = opening}, context);
      },
      [](const DynamicsResults& results, const TextSink& sink) {
        WriteDynamicsJson(results, sink);
      },
      Plain(WriteDynamicsText));
}

Answer AskMerge(const CallSettings& call, const std::string& recipe, const std::string& compare,
                const std::vector<std::pair<std::string, std::string>>& places,
                const std::string& folder, std::uint64_t shard_bytes, bool partial, bool digest) {
  return Answered(
      call,
      [&](const RequestContext& context) {
        // Nothing that is no output of modelkin's is replaced, so that inputs are not either.
        const MergeOutput output{
            .folder = folder,
            .plan_file =
                [](const std::string& path) { return OutputTarget(path, {}, Replace::kOwnOutput); },
            .shard_bytes = shard_bytes};
        return MergeModels({.recipe = recipe,
                            .compare = compare,
                            .places = places,
                            .partial = partial,
                            .digest = digest ? DigestPolicy::kAuto : DigestPolicy::kNever},
                           folder.empty() ? nullptr : &output, context);
      },
      [](const MergeResults& results, const TextSink& sink) { WriteMergeJson(results, sink); },
      Plain(WriteMergeText));
}

Answer AskDiff(const CallSettings& call, const ModelPaths& models, const OpenOptions& opening,
               const Filter& filter, std::optional<bool> digest, bool by_value) {
  return Answered(
      call,
      [&](const RequestContext& context) {
        return DiffModels({.models = models,
                           .opening = opening,
                           .options = {.pairing = filter.Options(),
                                       .digest = PolicyOf(digest, DigestPolicy::kAlways),
                                       .by_value = by_value}},
                          context);
      },
      [](const DiffResults& results, const TextSink& sink) { WriteDiffJson(results, sink); },
      Plain(WriteDiffText));
}

Answer AskRequant(const CallSettings& call, const std::string& quantised,
                  const std::string& original, const OpenOptions& opening, const Filter& filter,
                  bool by_name, std::optional<bool> digest) {
  return Answered(
      call,
      [&](const RequestContext& context) {
        return RequantModels({.quantised = quantised,
                              .original = original,
                              .opening = opening,
                              .options = {.pairing = filter.Options(),
                                          .by_name = by_name,
                                          .digest = PolicyOf(digest, DigestPolicy::kAuto)}},
                             context);
      },
      [](const RequantResults& results, const TextSink& sink) { WriteRequantJson(results, sink); },
      Plain(WriteRequantText));
}

Answer AskRun(const CallSettings& call, const std::string& model, const OpenOptions& opening,
              const Texts& texts, const Images& images, std::size_t top, std::size_t generate,
              bool arrays, bool beyond_context) {
  return Answered(
      call,
      [&](const RequestContext& context) {
        return RunModel({.model = model,
                         .texts = texts,
                         .images = images,
                         .opening = opening,
                         .top = top,
                         .generate = generate,
                         .arrays = arrays,
                         .beyond_context = beyond_context},
                        context, nullptr);
      },
      [](const RunResults& results, const TextSink& sink) { WriteRunJson(results, sink); },
      Plain(WriteRunText));
}

Answer AskExplain(const CallSettings& call, const std::string& topic, const std::string& model,
                  const OpenOptions& opening, const Texts& texts, std::optional<std::size_t> layer,
                  std::optional<std::size_t> token, std::optional<std::size_t> head,
                  bool beyond_context) {
  return Answered(
      call,
      [&](const RequestContext& context) {
        ExplainModelRequest request{
            .model = model, .texts = texts, .about = {}, .opening = opening};
        const auto known = ParseTopic(topic);
        if (!known) {
          throw Error(ErrorKind::kUsage,
                      fmt::format("topic is one of router, rope, gqa, swiglu, encoder, not {}",
                                  Printable(topic)));
        }
        request.about.topic = *known;
        request.about.layer = layer;
        request.about.token = token;
        if (head) request.about.head = *head;
        request.about.beyond_context = beyond_context;
        return ExplainModel(request, context);
      },
      [](const ExplainResults& results, const TextSink& sink) { WriteExplainJson(results, sink); },
      Plain(WriteExplainText));
}

// `bases`: models that are claimed to be the base; `files` claim others, which `places` may say
// where to find. Without either, what the model's own card claims.
std::vector<Claim> ClaimsOf(const std::string& model, const Strings& bases, const Strings& files,
                            const ClaimPlaces& places, const Places& where) {
  std::vector<Claim> claims;
  if (bases.empty() && files.empty()) claims = ReadOwnClaims(model, places, where);
  for (const std::string& base : bases) claims.push_back(ClaimOfPlace(base));
  for (const std::string& file : files) {
    for (Claim& claim : ReadClaims(file, model, places, where)) claims.push_back(std::move(claim));
  }
  RequireClaimed(places, claims);
  return claims;
}

Answer AskCheck(const CallSettings& call, const std::string& model, const Strings& bases,
                const Strings& files, const std::map<std::string, std::string>& claim_at,
                const Strings& controls, const OpenOptions& opening,
                const TraceSettingsInWords& settings, const Strings& fail_on) {
  for (const std::string& name : fail_on) PlaceOf(kFailOnNames, "fail_on", name);
  return Answered(
      call,
      [&](const RequestContext& context) {
        TraceOptions options = settings.Options();
        return CheckClaims({.model = model,
                            .claims = ClaimsOf(model, bases, files, claim_at, *context.places),
                            .controls = controls,
                            .opening = opening,
                            .options = options},
                           context);
      },
      [&](const CheckResults& results, const TextSink& sink) {
        WriteCheckJson(results, PolicyOn(results, fail_on), sink);
      },
      [](const CheckResults& results, const TextSink& sink) {
        WriteCheckText(results, {}, {}, sink);
      });
}

// Returns JSON, text and the page.
ReportAnswer AskAudit(const CallSettings& call, const AuditRequest& request,
                      const TraceSettingsInWords& settings) {
  std::string json, text, page;
  Strings warnings;
  RunCall(call, [&](const RequestContext& context) {
    AuditRequest asked = request;
    asked.options = settings.Options();
    const AuditResults results = AuditModel(asked, context);
    json = Written([&](const TextSink& sink) { WriteAuditJson(results, sink); });
    text = Written([&](const TextSink& sink) { WriteAuditText(results, {}, sink); });
    page = Written([&](const TextSink& sink) { WriteAuditPage(results, sink); });
    for (const InputRecord& input : InputsOf(results)) AddWarnings(input, warnings);
  });
  return nb::make_tuple(TextOf(json), TextOf(text), TextOf(page), LinesOf(warnings));
}

// Returns the statement, text for people, and the attestation itself, signed where there is a key.
ReportAnswer AskAttest(const CallSettings& call, const ModelPaths& models,
                       const OpenOptions& opening, const TraceSettingsInWords& settings,
                       const std::string& resume, const std::optional<std::string>& key,
                       const Strings& ignored, bool digest) {
  std::string json, text, file;
  Strings warnings;
  RunCall(call, [&](const RequestContext& context) {
    std::optional<PrivateKey> signing;
    if (key) signing = PrivateKey::Read(*MapFile(*key));  // before hours of work
    const AttestResults results = AttestModels({.trace = {.models = models,
                                                          .opening = opening,
                                                          .options = settings.Options(),
                                                          .resume = resume},
                                                .a = {.ignored = ignored},
                                                .b = {.ignored = ignored},
                                                .digest_remote = digest},
                                               context);
    json = AttestationStatement(results);
    text = Written([&](const TextSink& sink) { WriteTraceText(results.trace, {}, sink); });
    file = AttestationText(results, signing ? &*signing : nullptr);
    warnings = WarningsOf(results.trace);
  });
  return nb::make_tuple(TextOf(json), TextOf(text), TextOf(file), LinesOf(warnings));
}

// `text`: of an attestation that is no file.
Answer AskVerifyAttestation(const CallSettings& call, const std::string& file,
                            const std::optional<std::string>& text,
                            const std::map<std::string, std::string>& inputs,
                            const std::optional<std::string>& public_key, bool signature_only) {
  return Answered(
      call,
      [&](const RequestContext& context) {
        std::optional<PublicKey> key;
        if (public_key) key = PublicKey::Read(*MapFile(*public_key));
        const nlohmann::json recorded = text ? nlohmann::json::parse(*text) : ReadResults(file);
        return CheckAttestation(
            file, recorded, key ? &*key : nullptr, inputs, context,
            signature_only ? AttestationExtent::kSignature : AttestationExtent::kAll);
      },
      [](const AttestationCheck& found, const TextSink& sink) {
        WriteAttestationCheckJson(found, sink);
      },
      Plain(WriteAttestationCheckText));
}

bool IsAttestation(const std::string& file) { return IsAttestedJson(ReadResults(file)); }

// `text`: of results that are no file.
Answer AskVerify(const CallSettings& call, const std::string& file,
                 const std::optional<std::string>& text,
                 const std::map<std::string, std::string>& inputs) {
  return Answered(
      call,
      [&](const RequestContext& context) {
        const nlohmann::json recorded = text ? nlohmann::json::parse(*text) : ReadResults(file);
        return VerifyResults(file, recorded, inputs, context);
      },
      [](const JsonDifferences& found, const TextSink& sink) { WriteDifferencesJson(found, sink); },
      [](const JsonDifferences& found, const TextSink& sink) {
        WriteDifferencesText(found, sink);
      });
}

// Returns JSON, Markdown and the page; no page where the package was built without one.
ReportAnswer AskReport(const CallSettings& call, const ModelPaths& models,
                       const OpenOptions& opening, const TraceSettingsInWords& settings,
                       const std::string& resume, const std::optional<Texts>& texts) {
  std::string json, markdown, page;
  Strings warnings;
  RunCall(call, [&](const RequestContext& context) {
    const Report report = ReportOn({.trace = {.models = models,
                                              .opening = opening,
                                              .options = settings.Options(),
                                              .resume = resume},
                                    .texts = texts},
                                   context);
    json = Written([&](const TextSink& sink) { WriteReportJson(report, sink); });
    markdown = Written([&](const TextSink& sink) { WriteReportMarkdown(report, sink); });
    if (HasPage()) page = Written([&](const TextSink& sink) { WriteReportPage(report, sink); });
    warnings = WarningsOf(report.trace);
  });
  return nb::make_tuple(TextOf(json), TextOf(markdown), TextOf(page), LinesOf(warnings));
}

void AddOptions(nb::module_& module) {
  nb::class_<ModelPaths>(module, "ModelPaths")
      .def(
          "__init__",
          [](ModelPaths* made, std::string a, std::string b, Strings controls, Strings parents) {
            new (made)
                ModelPaths{std::move(a), std::move(b), std::move(controls), std::move(parents)};
          },
          nb::arg("a"), nb::arg("b"), nb::arg("controls"), nb::arg("parents"));
  nb::class_<AuditRequest>(module, "AuditRequest")
      .def(
          "__init__",
          [](AuditRequest* made, std::string candidate, Strings references, Strings controls,
             const OpenOptions& opening, std::string resume) {
            new (made) AuditRequest{.candidate = std::move(candidate),
                                    .references = std::move(references),
                                    .controls = std::move(controls),
                                    .opening = opening,
                                    .resume = std::move(resume)};
          },
          nb::arg("candidate"), nb::arg("references"), nb::arg("controls"), nb::arg("opening"),
          nb::arg("resume"));
  nb::class_<OpenOptions>(module, "OpenOptions")
      .def(
          "__init__",
          [](OpenOptions* made, bool partial, bool as_stored, std::string base,
             const Strings& components) {
            new (made)
                OpenOptions{.partial = partial, .as_stored = as_stored, .base = std::move(base)};
            // The package has said so of names that are none.
            for (const std::string& name : components) {
              if (const auto component = ComponentNamed(name))
                made->components.push_back(*component);
            }
          },
          nb::arg("partial"), nb::arg("as_stored"), nb::arg("base"), nb::arg("components"));
  nb::class_<Texts>(module, "Texts")
      .def(
          "__init__",
          [](Texts* made, Strings texts, std::vector<std::vector<std::uint64_t>> ids, bool bytes) {
            new (made) Texts{std::move(texts), std::move(ids), bytes};
          },
          nb::arg("texts"), nb::arg("ids"), nb::arg("bytes"));
  nb::class_<Images>(module, "Images")
      .def(
          "__init__",
          [](Images* made, Strings files,
             const std::vector<std::tuple<std::size_t, std::size_t, std::size_t>>& grids) {
            new (made) Images{.files = std::move(files)};
            for (const auto& [frames, rows, columns] : grids) {
              made->grids.push_back({.frames = frames, .rows = rows, .columns = columns});
            }
          },
          nb::arg("files"), nb::arg("grids"));
  nb::class_<Filter>(module, "Filter")
      .def(
          "__init__",
          [](Filter* made, std::string layers, Strings include, Strings exclude,
             std::vector<std::pair<std::string, std::string>> renames,
             std::optional<std::string> key_map) {
            new (made) Filter{std::move(layers), std::move(include), std::move(exclude),
                              std::move(renames), std::move(key_map)};
          },
          nb::arg("layers"), nb::arg("include"), nb::arg("exclude"), nb::arg("renames"),
          nb::arg("key_map").none());
  nb::class_<TraceSettingsInWords>(module, "TraceOptions")
      .def(
          "__init__",
          [](TraceSettingsInWords* made, std::string effort, std::string heritage,
             std::uint64_t rows, std::uint64_t units, std::uint64_t permutations,
             std::uint64_t seed, bool fingerprints) {
            new (made) TraceSettingsInWords{
                std::move(effort), std::move(heritage), rows, units, permutations, seed,
                fingerprints};
          },
          nb::arg("effort"), nb::arg("heritage"), nb::arg("rows"), nb::arg("units"),
          nb::arg("permutations"), nb::arg("seed"), nb::arg("fingerprints"));
}

}  // namespace

void AddRequests(nb::module_& module) {
  AddOptions(module);
  module.def("inspect", AskInspect, nb::arg("call"), nb::arg("model"), nb::arg("opening"));
  module.def("config", AskConfig, nb::arg("call"), nb::arg("models"));
  module.def("tokenizer", AskTokenizer, nb::arg("call"), nb::arg("a"), nb::arg("b"));
  module.def("compare", AskCompare, nb::arg("call"), nb::arg("models"), nb::arg("opening"),
             nb::arg("filter"), nb::arg("within"), nb::arg("by_name"), nb::arg("quantiles"),
             nb::arg("digest").none(), nb::arg("functional").none());
  module.def("trace", AskTrace, nb::arg("call"), nb::arg("models"), nb::arg("opening"),
             nb::arg("options"), nb::arg("resume"), nb::arg("recipe"));
  module.def("merge", AskMerge, nb::arg("call"), nb::arg("recipe"), nb::arg("compare"),
             nb::arg("places"), nb::arg("folder"), nb::arg("shard_bytes"), nb::arg("partial"),
             nb::arg("digest"));
  module.def("trace_series", AskTraceSeries, nb::arg("call"), nb::arg("checkpoints"),
             nb::arg("opening"));
  module.def("diff", AskDiff, nb::arg("call"), nb::arg("models"), nb::arg("opening"),
             nb::arg("filter"), nb::arg("digest").none(), nb::arg("by_value"));
  module.def("requant", AskRequant, nb::arg("call"), nb::arg("quantised"), nb::arg("original"),
             nb::arg("opening"), nb::arg("filter"), nb::arg("by_name"), nb::arg("digest").none());
  module.def("run", AskRun, nb::arg("call"), nb::arg("model"), nb::arg("opening"), nb::arg("texts"),
             nb::arg("images"), nb::arg("top"), nb::arg("generate"), nb::arg("arrays"),
             nb::arg("beyond_context"));
  module.def("explain", AskExplain, nb::arg("call"), nb::arg("topic"), nb::arg("model"),
             nb::arg("opening"), nb::arg("texts"), nb::arg("layer").none(), nb::arg("token").none(),
             nb::arg("head").none(), nb::arg("beyond_context"));
  module.def("check", AskCheck, nb::arg("call"), nb::arg("model"), nb::arg("bases"),
             nb::arg("files"), nb::arg("claim_at"), nb::arg("controls"), nb::arg("opening"),
             nb::arg("options"), nb::arg("fail_on"));
  module.def("audit", AskAudit, nb::arg("call"), nb::arg("request"), nb::arg("options"));
  module.def("attest", AskAttest, nb::arg("call"), nb::arg("models"), nb::arg("opening"),
             nb::arg("options"), nb::arg("resume"), nb::arg("key").none(), nb::arg("ignored"),
             nb::arg("digest"));
  module.def("verify_attestation", AskVerifyAttestation, nb::arg("call"), nb::arg("file"),
             nb::arg("text").none(), nb::arg("inputs"), nb::arg("public_key").none(),
             nb::arg("signature_only"));
  module.def("is_attestation", IsAttestation, nb::arg("file"));
  module.def("verify", AskVerify, nb::arg("call"), nb::arg("file"), nb::arg("text").none(),
             nb::arg("inputs"));
  module.def("report", AskReport, nb::arg("call"), nb::arg("models"), nb::arg("opening"),
             nb::arg("options"), nb::arg("resume"), nb::arg("texts").none());
}

}  // namespace modelkin
