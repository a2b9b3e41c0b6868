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
  result.findings.push_back(
      {.kind = FindingKind::kContradiction,
       .message = fmt::format("{} is {}, but most bytes are stored as {}", key,
                              Printable(result.spec->dtype, 32), most->first),
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
std::string SizesFromShapes(const Checkpoint& checkpoint, Component kind) {
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
  std::string text;
  const auto add = [&](std::string_view part) {
    text += fmt::format("{}{}", text.empty() ? "" : ", ", part);
  };
  if (!layers.empty()) add(fmt::format("{} layer{}", layers.size(), layers.size() == 1 ? "" : "s"));
  if (const auto width = WidthFromShapes(checkpoint, embedding))
    add(fmt::format("width {}", *width));
  if (embedding != nullptr) add(fmt::format("vocabulary {}", embedding->shape[0]));
  if (!experts.empty()) add(fmt::format("{} experts", experts.size()));
  return text;
}

// Of those that names fit, beyond which more say nothing.
constexpr std::size_t kNamedFamilies = 4;

void CountInferred(const Checkpoint& checkpoint, Component kind, Inspection& result) {
  const auto fitting = FamiliesByNames(checkpoint, kind);
  std::optional<TensorMatcher> matcher;
  std::string names;
  if (!fitting.empty()) matcher.emplace(*fitting.front());
  for (const Family* const family : fitting | std::views::take(kNamedFamilies)) {
    names += fmt::format("{}{}", names.empty() ? "tensors are named as in " : ", ", family->name);
  }
  if (fitting.size() > kNamedFamilies) {
    names += fmt::format(" and {} more", fitting.size() - kNamedFamilies);
  }
  const std::string sizes = SizesFromShapes(checkpoint, kind);
  if (!names.empty() || !sizes.empty()) {
    result.findings.push_back(
        {.kind = FindingKind::kNote,
         .message = fmt::format("{}{}{}", names, names.empty() || sizes.empty() ? "" : "; ",
                                sizes.empty()   ? ""
                                : result.stored ? "names and shapes suggest " + sizes
                                                : "names suggest " + sizes),
         .tensors = checkpoint.tensors().size()});
  }
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
  const std::vector<std::string>& warnings = checkpoint.warnings();
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
       .message =
           fmt::format("{} {} packed ({}): parameters are those that they stand for",
                       packed.tensors, packed.tensors == 1 ? "tensor is" : "tensors are", formats),
       .tensors = packed.tensors});
}

// What is known of the family, and what is not.
void TakeResolved(const ModelConfig* config, const Checkpoint* checkpoint,
                  const ResolvedModel& resolved, Inspection& result) {
  if (config == nullptr) {
    result.findings.push_back(
        {.kind = FindingKind::kNoConfig,
         .message = "heads, experts a token and the like are in no tensor; components are "
                    "inferred from names"});
    return;
  }
  result.model_type = config->model_type();
  result.family = resolved.family;
  if (result.family == nullptr) {
    result.findings.push_back(
        {.kind = FindingKind::kUnknownFamily,
         .message = fmt::format(
             "{}{}",
             result.model_type.empty() ? "config.json has no \"model_type\""
                                       : fmt::format("model_type \"{}\" is not a known family",
                                                     Printable(result.model_type)),
             result.stored || result.names_only ? ": components are inferred from names" : ""),
         .config_key = "model_type",
         .config_value = config->Show("model_type")});
    return;
  }
  if (result.model_type.empty()) {
    result.family_inferred = true;
    result.findings.push_back(
        {.kind = FindingKind::kNote,
         .message = fmt::format("config.json has no \"model_type\"; tensors are named and shaped "
                                "as in {}, and the model is taken for one",
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
         .message = "config.json makes more parameters than 64 bits can count"});
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
