#include "merging/merge_plan.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>
#include <set>

#include "architecture/role_names.h"
#include "base/error.h"
#include "base/escaped_text.h"
#include "base/natural_order.h"

namespace modelkin {
namespace {

// What comes after the layers, besides what its name says to be the final norm or the head.
constexpr auto kLastNames = std::to_array<std::string_view>(
    {"ln_f.", "norm_f.", "final_layernorm.", "final_layer_norm.", "final_norm.", "embed_out."});
// Tables and masks that some checkpoints hold, which a merge makes none of.
constexpr auto kTables = std::to_array<std::string_view>(
    {"rotary_emb.inv_freq", "attn.masked_bias", "attention.masked_bias"});

bool EndsWithTable(std::string_view name) {
  return std::ranges::any_of(kTables, [&](std::string_view end) { return name.ends_with(end); });
}

Role RoleOutsideLayers(std::string_view name) {
  const Role role = RoleOfName(name, false).role;
  if (role != Role::kUnknown) return role;
  const bool last = std::ranges::any_of(
      kLastNames, [&](std::string_view part) { return name.find(part) != std::string_view::npos; });
  return last ? Role::kFinalNorm : Role::kUnknown;
}

bool IsVocabulary(std::string_view name) {
  if (FindLayerName(name)) return false;
  const Role role = RoleOutsideLayers(name);
  return role == Role::kEmbedding || role == Role::kHead;
}

bool IsFloat(DType dtype) {
  return dtype == DType::kF32 || dtype == DType::kF16 || dtype == DType::kBF16;
}

class MergePlanner {
 public:
  MergePlanner(const std::string& label, const MergeRecipe& recipe,
               const std::vector<std::shared_ptr<const OpenedModel>>& models, bool stacked)
      : label_(label), recipe_(recipe), names_(recipe.Models()), models_(models) {
    for (const auto& model : models) {
      plan_.catalogues.push_back(
          std::make_shared<const SourceCatalogue>(model->checkpoint(), stacked));
    }
  }

  MergePlan Plan() {
    plan_.warnings = recipe_.warnings;
    if (recipe_.is_of_slices) {
      PlanSlices();
    } else {
      PlanWholeModels();
    }
    std::ranges::sort(plan_.tensors, [](const PlannedTensor& a, const PlannedTensor& b) {
      return NaturalLess(a.name, b.name);
    });
    return std::move(plan_);
  }

 private:
  [[noreturn]] void Fail(std::string_view message, std::string tensor = {}) const {
    throw Error(ErrorKind::kBadInput, message,
                {.file = label_, .tensor = std::move(tensor), .offset_bytes = {}});
  }

  std::size_t IndexOf(const std::string& model) const {
    return static_cast<std::size_t>(std::ranges::find(names_, model) - names_.begin());
  }
  const SourceCatalogue& CatalogueOf(const std::string& model) const {
    return *plan_.catalogues[IndexOf(model)];
  }

  // The one list of layers that slices are of: "model.layers.".
  std::string LayerPrefixOf(const std::string& model) const {
    std::set<std::string, std::less<>> prefixes;
    for (const SourceTensor& tensor : CatalogueOf(model).tensors()) {
      if (const auto found = FindLayerName(tensor.name)) prefixes.emplace(found->before);
    }
    if (prefixes.size() != 1) {
      Fail(fmt::format("slices are of models with one list of layers: {} has {}", Printable(model),
                       prefixes.size()));
    }
    return *prefixes.begin();
  }

  std::uint32_t LayersOf(const std::string& model, std::string_view prefix) const {
    std::uint32_t count = 0;
    for (const SourceTensor& tensor : CatalogueOf(model).tensors()) {
      const auto found = FindLayerName(tensor.name);
      if (found && found->before == prefix) count = std::max(count, found->layer + 1);
    }
    const ModelConfig* const config = models_[IndexOf(model)]->config();
    const auto said = config == nullptr ? std::nullopt : config->Size("num_hidden_layers");
    // Layers beyond these predict further tokens.
    return said && *said > 0 && *said < count ? static_cast<std::uint32_t>(*said) : count;
  }

  void PlanWholeModels() {
    RecipeSlice slice = recipe_.slices.front();
    const bool names_base = std::ranges::any_of(
        slice.sources, [&](const RecipeSource& source) { return source.model == recipe_.base; });
    if (!recipe_.base.empty() && !names_base) slice.sources.push_back({.model = recipe_.base});
    std::map<std::string, std::uint32_t, std::less<>> layers;  // of each list of layers
    for (const std::string& name : NamesOf(slice.sources)) {
      double t = 0;
      if (const auto found = FindLayerName(name)) {
        auto known = layers.find(found->before);
        if (known == layers.end()) {
          const std::string prefix(found->before);
          known = layers.emplace(prefix, LayersOf(slice.sources.front().model, prefix)).first;
        }
        t = InLayers(found->layer, known->second);
        plan_.layers = std::max(plan_.layers, known->second);
      }
      AddTensor(name, std::vector<std::string>(slice.sources.size(), name), slice, t);
    }
  }

  static double InLayers(std::uint32_t layer, std::uint32_t layers) {
    return layers > 1 ? std::min(1.0, static_cast<double>(layer) / (layers - 1)) : 1;
  }

  // Of all sources, but tables.
  std::vector<std::string> NamesOf(const std::vector<RecipeSource>& sources) const {
    std::set<std::string, std::less<>> names;
    for (const RecipeSource& source : sources) {
      for (const SourceTensor& tensor : CatalogueOf(source.model).tensors()) {
        if (!EndsWithTable(tensor.name)) names.insert(tensor.name);
      }
    }
    return {names.begin(), names.end()};
  }

  void PlanSlices() {
    const RecipeSlice& first = recipe_.slices.front();
    const RecipeSlice& last = recipe_.slices.back();
    for (const bool after : {false, true}) {
      const RecipeSlice& slice = after ? last : first;
      for (const std::string& name : NamesOf(slice.sources)) {
        if (FindLayerName(name) || IsLast(name) != after) continue;
        AddTensor(name, std::vector<std::string>(slice.sources.size(), name), slice, 0);
      }
    }
    for (const RecipeSlice& slice : recipe_.slices) {
      for (std::uint32_t i = 0; i < slice.sources.front().layers->count(); ++i) {
        PlanLayer(slice, i, InLayers(i, slice.sources.front().layers->count()));
      }
    }
  }

  static bool IsLast(std::string_view name) {
    const Role role = RoleOutsideLayers(name);
    return role == Role::kHead || role == Role::kFinalNorm;
  }

  void PlanLayer(const RecipeSlice& slice, std::uint32_t offset, double t) {
    std::set<std::string, std::less<>> after;  // ".mlp.up_proj.weight"
    std::vector<std::string> prefixes;
    for (const RecipeSource& source : slice.sources) {
      const std::uint32_t layer = source.layers->first + offset;
      prefixes.push_back(LayerPrefixOf(source.model));
      bool found_any = false;
      for (const SourceTensor& tensor : CatalogueOf(source.model).tensors()) {
        const auto found = FindLayerName(tensor.name);
        if (!found || found->layer != layer || EndsWithTable(tensor.name)) continue;
        after.emplace(found->after);
        found_any = true;
      }
      if (!found_any) {
        Fail(fmt::format("{} has no layer {}: it has {}", Printable(source.model), layer,
                         LayersOf(source.model, prefixes.back())));
      }
    }
    for (const std::string& rest : after) {
      std::vector<std::string> names(slice.sources.size());
      for (std::size_t i = 0; i < names.size(); ++i) {
        names[i] =
            fmt::format("{}{}{}", prefixes[i], slice.sources[i].layers->first + offset, rest);
      }
      AddTensor(fmt::format("{}{}{}", prefixes[0], plan_.layers, rest), names, slice, t);
    }
    ++plan_.layers;
  }

  // Which tensor of a source; null where others have it too and this one shares it with its
  // embeddings, as heads may be.
  const SourceTensor* FindTensor(const RecipeSource& source, const std::string& name) const {
    const SourceCatalogue& catalogue = CatalogueOf(source.model);
    if (const SourceTensor* const found = catalogue.Find(name)) return found;
    if (!FindLayerName(name) && RoleOutsideLayers(name) == Role::kHead) {
      for (const SourceTensor& tensor : catalogue.tensors()) {
        if (!FindLayerName(tensor.name) && RoleOutsideLayers(tensor.name) == Role::kEmbedding) {
          return &tensor;
        }
      }
    }
    Fail(fmt::format("{} has no tensor of this name, which other models of the recipe have",
                     Printable(source.model)),
         name);
  }

  void AddTensor(const std::string& name, const std::vector<std::string>& names,
                 const RecipeSlice& slice, double t) {
    const std::string& base = slice.base.empty() ? recipe_.base : slice.base;
    PlannedTensor planned{.name = name, .method = recipe_.method};
    std::vector<const RecipeSource*> owners;
    for (std::size_t i = 0; i < slice.sources.size(); ++i) {
      const RecipeSource& source = slice.sources[i];
      const SourceTensor* const tensor = FindTensor(source, names[i]);
      PlannedSource own{.model = IndexOf(source.model), .tensor = tensor};
      const bool is_base = source.model == base && planned.method != RecipeMethod::kLinear &&
                           planned.method != RecipeMethod::kPassthrough;
      if (!is_base) ReadSourceParameters(source, slice, names[i], t, own);
      if (is_base) {
        planned.base = own;
      } else {
        planned.sources.push_back(own);
      }
    }
    RequireContract(planned);
    ReadSharedParameters(slice, t, planned);
    SetTypes(planned);
    plan_.tensors.push_back(std::move(planned));
  }

  void RequireContract(const PlannedTensor& planned) const {
    const std::string_view method = kRecipeMethodNames[static_cast<std::size_t>(planned.method)];
    const bool needs_base = planned.method == RecipeMethod::kSlerp || AddsChanges(planned.method);
    if (needs_base && !planned.base) {
      Fail(fmt::format("{} needs a base_model that is one of its sources", method));
    }
    if (planned.method == RecipeMethod::kSlerp && planned.sources.size() != 1) {
      Fail(fmt::format("slerp is of two models, the base and another: these are {}",
                       planned.sources.size() + 1));
    }
    const std::size_t most = DropsAtRandom(planned.method) ? 6 : 16;
    if (AddsChanges(planned.method) && planned.sources.size() > most) {
      Fail(fmt::format("{} is re-executed for {} models beside the base at most", method, most));
    }
    if (planned.method == RecipeMethod::kPassthrough && planned.sources.size() != 1) {
      Fail(fmt::format("passthrough is of one model at a time: these are {}",
                       planned.sources.size()));
    }
  }

  std::optional<double> Find(const RecipeSettings& settings, const std::string& parameter,
                             const std::string& tensor, double t, bool discrete = false) const {
    const auto found = settings.find(parameter);
    return found == settings.end() ? std::nullopt : found->second.At(tensor, t, discrete);
  }

  std::optional<double> Shared(const RecipeSlice& slice, const std::string& parameter,
                               const std::string& tensor, double t, bool discrete = false) const {
    const auto own = Find(slice.parameters, parameter, tensor, t, discrete);
    return own ? own : Find(recipe_.parameters, parameter, tensor, t, discrete);
  }

  void ReadSourceParameters(const RecipeSource& source, const RecipeSlice& slice,
                            const std::string& tensor, double t, PlannedSource& planned) {
    const auto find = [&](const std::string& parameter) {
      const auto own = Find(source.parameters, parameter, tensor, t);
      return own ? own : Shared(slice, parameter, tensor, t);
    };
    if (recipe_.method == RecipeMethod::kPassthrough) {
      planned.scale = find("scale");
    } else if (recipe_.method != RecipeMethod::kSlerp) {
      const auto weight = find("weight");
      if (!weight) Fail(fmt::format("no weight for {}", Printable(source.model)), tensor);
      planned.weight = *weight;
      planned.density = find("density").value_or(1);
      if ((planned.density > 1 || planned.density < 0) && AddsChanges(recipe_.method)) {
        Warn(fmt::format("a density of {} is no share from 0 to 1: taken for {}, as mergekit does",
                         planned.density, planned.density > 1 ? 1 : 0));
      }
    }
  }

  void ReadSharedParameters(const RecipeSlice& slice, double t, PlannedTensor& planned) {
    const auto flag = [&](const std::string& parameter, bool otherwise) {
      return Shared(slice, parameter, planned.name, t, true).value_or(otherwise ? 1 : 0) != 0;
    };
    const RecipeMethod method = planned.method;
    planned.normalize =
        flag("normalize", method == RecipeMethod::kLinear || method == RecipeMethod::kTies);
    planned.rescale = flag("rescale", DropsAtRandom(method));
    planned.lambda = Shared(slice, "lambda", planned.name, t).value_or(1);
    if (method != RecipeMethod::kSlerp) return;
    const auto arc = Shared(slice, "t", planned.name, t);
    if (!arc) Fail("slerp needs a parameter t", planned.name);
    planned.t = *arc;
  }

  // All that a tensor is made of.
  static std::vector<const PlannedSource*> AllOf(const PlannedTensor& planned) {
    std::vector<const PlannedSource*> all;
    if (planned.base) all.push_back(&*planned.base);
    for (const PlannedSource& source : planned.sources) all.push_back(&source);
    return all;
  }

  void SetTypes(PlannedTensor& planned) {
    const auto all = AllOf(planned);
    const SourceTensor& first = *all.front()->tensor;
    planned.shape = first.shape;
    planned.elements = first.elements;
    const bool follows_tokens = recipe_.makes_tokenizer && IsVocabulary(planned.name);
    if (follows_tokens) planned.skipped = "its rows follow a tokenizer that mergekit puts together";
    DType dtype = first.dtype;
    for (const PlannedSource* const source : all) {
      const SourceTensor& own = *source->tensor;
      const bool other_float = IsFloatingPoint(own.dtype) && !IsFloat(own.dtype);
      if (own.parts[0]->coded != nullptr || other_float || BitWidth(own.dtype) % 8 != 0) {
        Fail(fmt::format("is {} in {}: only floats of 16 and 32 bits are merged here",
                         TypeText(*own.parts[0]), Printable(names_[source->model])),
             planned.name);
      }
      if (own.shape != planned.shape && !follows_tokens) {
        Fail(fmt::format("is {} in {} and {} in {}{}", ShapeText(planned.shape),
                         Printable(names_[all.front()->model]), ShapeText(own.shape),
                         Printable(names_[source->model]),
                         IsVocabulary(planned.name) ? ": their vocabularies differ, which mergekit "
                                                      "merges by a tokenizer_source"
                                                    : ""),
             planned.name);
      }
      if (own.dtype != dtype) {
        if (!IsFloat(own.dtype) || !IsFloat(dtype)) {
          Fail("holds floats in some models and whole numbers in others", planned.name);
        }
        dtype = DType::kF32;  // holds all of either's values
      }
    }
    planned.is_copied = !IsFloat(dtype);
    planned.dtype = planned.is_copied ? dtype : recipe_.dtype.value_or(dtype);
    planned.out_dtype = planned.is_copied ? dtype : recipe_.out_dtype.value_or(planned.dtype);
  }

  void Warn(std::string warning) {
    auto& all = plan_.warnings;
    if (std::ranges::find(all, warning) == all.end() && all.size() < 64) {
      all.push_back(std::move(warning));
    }
  }

  const std::string& label_;
  const MergeRecipe& recipe_;
  std::vector<std::string> names_;
  const std::vector<std::shared_ptr<const OpenedModel>>& models_;
  MergePlan plan_;
};

}  // namespace

bool MergesStackedExperts(const std::vector<std::shared_ptr<const OpenedModel>>& models) {
  constexpr auto kStacked = std::to_array<std::string_view>({"glm4_moe", "qwen3_moe"});
  return std::ranges::all_of(models, [&](const auto& model) {
    const ModelConfig* const config = model->config();
    return config != nullptr && std::ranges::find(kStacked, config->model_type()) != kStacked.end();
  });
}

MergePlan PlanMerge(const std::string& label, const MergeRecipe& recipe,
                    const std::vector<std::shared_ptr<const OpenedModel>>& models,
                    bool stacked_experts) {
  return MergePlanner(label, recipe, models, stacked_experts).Plan();
}

}  // namespace modelkin
