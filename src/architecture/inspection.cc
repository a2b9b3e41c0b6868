#include "architecture/inspection.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>
#include <ranges>
#include <set>
#include <utility>

#include "architecture/family_choice.h"
#include "architecture/head_tying.h"
#include "architecture/name_pattern.h"
#include "architecture/role_names.h"
#include "architecture/tensor_checks.h"
#include "architecture/tensor_matching.h"
#include "base/error.h"
#include "base/escaped_text.h"

namespace modelkin {
namespace {

// Parameters that a stored tensor holds, and of what.
struct Holding {
  ModuleKind module;
  std::uint64_t parameters;
};

// Parameters that the tensor's elements or codes are.
std::uint64_t ParametersIn(const MatchedTensor& match, const std::optional<ModelSpec>& spec) {
  const StoredAs& stored = match.tensor->stored;
  if (stored.form == StoredForm::kWeight) return match.tensor->elements;
  const bool by_spec = stored.assumed_width && spec && match.rule != nullptr;
  const auto expected = by_spec ? ExpectedElements(*spec, *match.rule, match.layer) : std::nullopt;
  return expected.value_or(stored.parameters);
}

Holding HoldingOf(const MatchedTensor& match, const std::optional<ModelSpec>& spec) {
  const Tensor& tensor = *match.tensor;
  if (match.is_scale || tensor.stored.form == StoredForm::kCompanion)
    return {ModuleKind::kScale, 0};
  const std::uint64_t parameters = ParametersIn(match, spec);
  if (match.rule == nullptr) return {ModuleKind::kOther, parameters};
  const ModuleKind module = match.rule->module;
  if (module == ModuleKind::kBuffer) return {module, 0};
  const bool prediction = spec && match.layer && *match.layer < spec->layers.size() &&
                          spec->layers[*match.layer] == LayerKind::kPrediction;
  return {prediction ? ModuleKind::kMultiTokenPrediction : module,
          parameters * match.rule->parameters_per_element};
}

void NoteUse(const Tensor& tensor, const Holding& holding, Inspection& result) {
  if (holding.module == ModuleKind::kScale) return;
  result.by_type[TypeText(tensor)].modules.insert(holding.module);
}

void CountKnown(const Checkpoint& checkpoint, const ModelConfig& config, Inspection& result) {
  const TensorMatcher matcher(*result.family);
  std::vector<MatchedTensor> matches;
  matches.reserve(checkpoint.tensors().size());
  for (const Tensor& tensor : checkpoint.tensors()) matches.push_back(matcher.Match(tensor));
  const bool tied = result.spec && result.spec->flags.contains("tied");
  const auto head_repeats =
      tied && result.stored ? HeadRepeatsEmbedding(checkpoint, matches) : std::nullopt;
  for (const MatchedTensor& match : matches) {
    if (!result.stored) break;
    Holding holding = HoldingOf(match, result.spec);
    if (holding.module == ModuleKind::kHead && head_repeats.value_or(false)) {
      holding.parameters = 0;
    }
    // A layer's number is the file's claim: only those that the model has get a place in the list,
    // and a vision tower's layers are others.
    auto layer = match.layer;
    const bool known =
        match.rule != nullptr && result.spec && layer.value_or(0) < result.spec->layers.size();
    if (!known) layer.reset();
    result.parameters.Add(holding.module, layer, holding.parameters);
    NoteUse(*match.tensor, holding, result);
  }
  if (!result.spec) return;
  for (Finding& finding : CheckTensors(*result.spec, matches, head_repeats)) {
    result.findings.push_back(std::move(finding));
  }
  for (Finding& finding : FindUnusedWidths(*result.spec, config)) {
    result.findings.push_back(std::move(finding));
  }
}

// Where most of the bytes are of another type than config.json names, and it does not speak of
// quantisation.
void CheckDType(const ModelConfig& config, Inspection& result) {
  if (!result.spec || result.spec->quantised || result.by_type.empty()) return;
  const auto most = std::ranges::max_element(result.by_type, {},
                                             [](const auto& entry) { return entry.second.bytes; });
  const auto named = DTypeOfTorchType(result.spec->dtype);
  if (!named || *named == most->second.dtype) return;
  const std::string key = config.Find("torch_dtype") != nullptr ? "torch_dtype" : "dtype";
  result.findings.push_back({.kind = FindingKind::kContradiction,
                             .message = Say("{} is {}, but most bytes are stored as {}",
                                            "{}의 값은 {}인데 대부분의 바이트는 {}(으)로 저장됨",
                                            key, Printable(result.spec->dtype, 32), most->first),
                             .config_key = key,
                             .config_value = result.spec->dtype,
                             .tensor_value = most->first,
                             .tensors = most->second.tensors});
}

// How long norms of layers are: each length, with how many there are.
std::map<std::uint64_t, std::uint64_t> NormLengths(const Checkpoint& checkpoint) {
  std::map<std::uint64_t, std::uint64_t> lengths;
  for (const Tensor& tensor : checkpoint.tensors()) {
    const bool norm =
        tensor.shape.size() == 1 && ModuleKindOfName(tensor.name) == ModuleKind::kNorm;
    if (norm && PatternOf(tensor.name).layer) ++lengths[tensor.shape[0]];
  }
  return lengths;
}

// The embedding's, unless layers have norms of other lengths only: some embed in fewer dimensions.
std::optional<std::uint64_t> WidthFromShapes(const Checkpoint& checkpoint,
                                             const Tensor* embedding) {
  const auto lengths = NormLengths(checkpoint);
  const bool fits =
      embedding != nullptr && (lengths.empty() || lengths.contains(embedding->shape[1]));
  if (fits) return embedding->shape[1];
  if (lengths.empty()) return std::nullopt;
  return std::ranges::max_element(lengths, {}, [](const auto& entry) { return entry.second; })
      ->first;
}

// What names and shapes say together: "4 layers, width 128, vocabulary 512, 8 experts".
Said SizesFromShapes(const Checkpoint& checkpoint, Component kind) {
  std::set<std::uint32_t> layers;
  std::set<std::uint32_t> experts;
  const Tensor* embedding = nullptr;
  for (const Tensor& tensor : checkpoint.tensors()) {
    const NamePattern name = PatternOf(tensor.name);
    if (name.layer) layers.insert(*name.layer);
    if (name.expert) experts.insert(*name.expert);
    // An encoder's tables are of positions, if not of patches.
    const bool candidate = kind == Component::kText && tensor.shape.size() == 2 && !name.layer &&
                           ModuleKindOfName(tensor.name) == ModuleKind::kEmbedding;
    if (candidate && (embedding == nullptr || tensor.elements > embedding->elements)) {
      embedding = &tensor;
    }
  }
  Said text;
  const auto add = [&](const Said& part) {
    text = Say("{}{}{}", "{}{}{}", text, text.english.empty() ? "" : ", ", part);
  };
  if (!layers.empty()) {
    add(SayOf(layers.size(), "layer", "layers", "{1} {0}", "층 {}개", layers.size()));
  }
  if (const auto width = WidthFromShapes(checkpoint, embedding)) {
    add(Say("width {}", "폭 {}", *width));
  }
  if (embedding != nullptr) add(Say("vocabulary {}", "어휘 {}개", embedding->shape[0]));
  if (!experts.empty()) {
    add(SayOf(experts.size(), "expert", "experts", "{1} {0}", "전문가 {}개", experts.size()));
  }
  return text;
}

// Of those that names fit, beyond which more say nothing.
constexpr std::size_t kNamedFamilies = 4;

// Which families have such names, and what sizes names and shapes come to.
void NoteWhatNamesSuggest(const Checkpoint& checkpoint, Component kind,
                          const std::vector<const Family*>& fitting, Inspection& result) {
  std::vector<std::string> families;
  families.reserve(fitting.size());
  for (const Family* const family : fitting) families.emplace_back(family->name);
  const Said sizes = SizesFromShapes(checkpoint, kind);
  const bool has_sizes = !sizes.english.empty();
  if (families.empty() && !has_sizes) return;
  Said suggested;
  if (has_sizes) {
    suggested = result.stored ? Say("names and shapes suggest {}", "이름과 모양으로 보아 {}", sizes)
                              : Say("names suggest {}", "이름으로 보아 {}", sizes);
  }
  Said message = suggested;
  if (!families.empty()) {
    message = Say("tensors are named as in {}{}{}", "텐서 이름이 {}와(과) 같음{}{}",
                  ListSaid(families, kNamedFamilies), has_sizes ? "; " : "", suggested);
  }
  result.findings.push_back({.kind = FindingKind::kNote,
                             .message = std::move(message),
                             .tensors = checkpoint.tensors().size()});
}

void CountInferred(const Checkpoint& checkpoint, Component kind, Inspection& result) {
  const auto fitting = FamiliesByNames(checkpoint, kind);
  std::optional<TensorMatcher> matcher;
  if (!fitting.empty()) matcher.emplace(*fitting.front());
  NoteWhatNamesSuggest(checkpoint, kind, fitting, result);
  if (!result.stored) return;
  for (const Tensor& tensor : checkpoint.tensors()) {
    const MatchedTensor match = matcher ? matcher->Match(tensor) : MatchedTensor{.tensor = &tensor};
    Holding holding = HoldingOf(match, std::nullopt);
    if (match.rule == nullptr && tensor.stored.form != StoredForm::kCompanion) {
      holding.module = ModuleKindOfName(tensor.name);
      const bool parameters =
          holding.module != ModuleKind::kBuffer && holding.module != ModuleKind::kScale;
      if (!parameters) holding.parameters = 0;
    }
    result.parameters.Add(holding.module, {}, holding.parameters);
    NoteUse(tensor, holding, result);
  }
}

bool IsOfNamesAlone(const Checkpoint& checkpoint) {
  return !checkpoint.tensors().empty() && std::ranges::none_of(checkpoint.tensors(), HasShape);
}

constexpr std::size_t kMostWarnings = 100;

void NoteTypes(const Checkpoint& checkpoint, const ModelConfig* config, Inspection& result) {
  const TypeMix mix = MixOf(checkpoint.tensors(), FileTypeOf(config));
  result.mix = mix.name;
  for (const TypeUse& use : mix.types) result.by_type[use.type] = StoredType{use, {}, {}};
  for (const Tensor& tensor : checkpoint.tensors()) {
    if (tensor.coded == nullptr) result.by_type[TypeText(tensor)].dtype = tensor.dtype;
  }
}

// What there is to say of the files: left out, missing, packed.
void NoteFiles(const Checkpoint& checkpoint, Inspection& result) {
  const std::vector<Said>& warnings = checkpoint.warnings();
  for (std::size_t i = 0; i < warnings.size() && i < kMostWarnings; ++i) {
    result.findings.push_back({.kind = FindingKind::kNote, .message = warnings[i]});
  }
  const PackedUse packed = CountPacked(checkpoint.tensors());
  if (packed.tensors == 0 || !result.stored) return;
  std::string formats;
  for (const Coding coding : packed.codings) {
    formats += fmt::format("{}{}", formats.empty() ? "" : ", ", CodingName(coding));
  }
  result.findings.push_back(
      {.kind = FindingKind::kNote,
       .message = SayOf(packed.tensors, "tensor is", "tensors are",
                        "{1} {0} packed ({2}): parameters are those that they stand for",
                        "텐서 {}개는 압축 형식({}): 매개변수는 그것이 나타내는 값의 수",
                        packed.tensors, formats),
       .tensors = packed.tensors});
}

// What is known of the family, and what is not.
void TakeResolved(const ModelConfig* config, const Checkpoint* checkpoint,
                  const ResolvedModel& resolved, Inspection& result) {
  if (config == nullptr) {
    result.findings.push_back(
        {.kind = FindingKind::kNoConfig,
         .message = {
             "heads, experts a token and the like are in no tensor; components are "
             "inferred from names",
             "헤드 수나 토큰마다 쓰는 전문가 수 등은 텐서에서 알 수 없음. 구성 요소는 이름으로 "
             "짐작함"}});
    return;
  }
  result.model_type = config->model_type();
  result.family = resolved.family;
  if (result.family == nullptr) {
    result.findings.push_back(
        {.kind = FindingKind::kUnknownFamily,
         .message = Say(
             "{}{}", "{}{}",
             result.model_type.empty()
                 ? Said{"config.json has no \"model_type\"", "config.json에 \"model_type\"이 없음"}
                 : Say("model_type \"{}\" is not a known family",
                       "model_type \"{}\"은(는) 알려진 계열이 아님", Printable(result.model_type)),
             result.stored || result.names_only
                 ? Said{": components are inferred from names", ": 구성 요소는 이름으로 짐작함"}
                 : Said{}),
         .config_key = "model_type",
         .config_value = config->Show("model_type")});
    return;
  }
  if (result.model_type.empty()) {
    result.family_inferred = true;
    result.findings.push_back(
        {.kind = FindingKind::kNote,
         .message =
             Say("config.json has no \"model_type\"; tensors are named and shaped as in {}, "
                 "and the model is taken for one",
                 "config.json에 \"model_type\"이 없음. 텐서의 이름과 모양이 {}와(과) 같아 그 "
                 "계열로 봄",
                 result.family->name),
         .config_key = "model_type",
         .tensors = checkpoint->tensors().size()});
  }
  result.spec = resolved.spec;
  result.findings.insert(result.findings.end(), resolved.findings.begin(), resolved.findings.end());
  if (!result.spec) return;
  result.cache = KeyValueCache(*result.spec);
  const auto expected = ExpectedParameters(*result.spec);
  if (!expected) {
    result.findings.push_back(
        {.kind = FindingKind::kBadValue,
         .message = {"config.json makes more parameters than 64 bits can count",
                     "config.json대로라면 매개변수가 64비트로 셀 수 있는 것보다 많음"}});
    return;
  }
  result.claimed = expected->count;
  if (!result.stored) {
    result.parameters = expected->count;
    result.bytes = expected->bytes;
  }
}

}  // namespace

Inspection InspectOne(const std::string& model, const ModelComponent& component) {
  const Checkpoint* const checkpoint = component.checkpoint.get();
  const ModelConfig* const config = component.config.get();
  Inspection result;
  result.model = model;
  result.names_only = checkpoint != nullptr && IsOfNamesAlone(*checkpoint);
  result.stored = checkpoint != nullptr && !result.names_only;
  TakeResolved(config, checkpoint, component.resolved, result);
  if (checkpoint != nullptr) {
    result.tensors = checkpoint->tensors().size();
    NoteFiles(*checkpoint, result);
    if (result.stored) {
      result.bytes = checkpoint->total_bytes();
      NoteTypes(*checkpoint, config, result);
    }
    if (result.family != nullptr) {
      CountKnown(*checkpoint, *config, result);
      if (result.stored) CheckDType(*config, result);
    } else {
      CountInferred(*checkpoint, component.kind, result);
    }
  } else if (result.spec) {
    for (Finding& finding : FindUnusedWidths(*result.spec, *config)) {
      result.findings.push_back(std::move(finding));
    }
  }
  if (result.stored && result.parameters.total > 0) {
    result.bits_per_weight =
        8 * static_cast<double>(*result.bytes) / static_cast<double>(result.parameters.total);
  }
  // Of another number of experts than config.json has, the share that is active is nobody's word.
  const bool experts_agree = result.claimed && result.claimed->Of(ModuleKind::kRoutedExperts) ==
                                                   result.parameters.Of(ModuleKind::kRoutedExperts);
  if (experts_agree) result.active = ActiveParameters(result.parameters, *result.spec);
  return result;
}

std::optional<std::uint64_t> FileTypeOf(const ModelConfig* config) {
  const nlohmann::json* const gguf = config == nullptr ? nullptr : config->Find("gguf");
  if (gguf == nullptr || !gguf->is_object()) return std::nullopt;
  const auto type = gguf->find("file_type");
  if (type == gguf->end() || !type->is_number_unsigned()) return std::nullopt;
  return type->get<std::uint64_t>();
}

}  // namespace modelkin
