#include <fmt/format.h>

#include "report/inspect_report.h"

namespace modelkin {
namespace {

std::string_view WhereText(Where where) {
  switch (where) {
    case Where::kOnce: return "once";
    case Where::kEveryLayer: return "every layer";
    case Where::kDenseLayers: return "dense layers";
    case Where::kExpertLayers: return "layers with experts";
    case Where::kFirstLayer: return "the first layer";
    case Where::kLaterLayers: return "every layer but the first";
    case Where::kDecoderLayers: return "every layer of the decoder";
    case Where::kFirstDecoderLayer: return "the decoder's first layer";
    default: return "layers of multi-token prediction";
  }
}

// "attention and an indexer"
std::string PartsText(LayerParts parts) {
  std::string text;
  for (const auto& [part, name] : kLayerPartNames) {
    if (parts.Has(part)) text += fmt::format("{}{}", text.empty() ? "" : " and ", name);
  }
  return text;
}

std::string WhereText(const TensorRule& rule) {
  if (rule.needs.empty()) return std::string(WhereText(rule.where));
  return fmt::format("{}{} with {}{}", WhereText(rule.where),
                     rule.where == Where::kEveryLayer ? "" : ",", PartsText(rule.needs),
                     rule.may_idle ? ", unused in others" : "");
}

std::string_view PlaceText(NormPlace place) {
  switch (place) {
    case NormPlace::kBefore: return "before";
    case NormPlace::kAfter: return "after";
    case NormPlace::kOutputs: return "on the way out of";
    default: return "before and after";
  }
}

std::string WindowText(const Family& family) {
  std::string layers;
  switch (family.window) {
    case WindowPlan::kNone: return "";
    case WindowPlan::kAll: layers = "in all layers"; break;
    case WindowPlan::kEverySecond: layers = "in layers 0, 2, ..."; break;
    case WindowPlan::kAllButEveryNth:
      layers = fmt::format("in all layers but one in {}", family.default_window_period);
      break;
    case WindowPlan::kAllButFirstOfN:
      layers = fmt::format("in all layers but 0, {}, ...", family.default_window_period);
      break;
    case WindowPlan::kFromLayer: layers = "from \"max_window_layers\" on"; break;
    case WindowPlan::kEvenBelowLayer:
      layers = "in layers 0, 2, ... below \"max_window_layers\"";
      break;
  }
  return fmt::format(
      ", with a window {}{}{}", layers, family.window_if_told ? " if \"use_sliding_window\"" : "",
      family.default_window == 0
          ? ""
          : fmt::format(", of {} without \"sliding_window\"", family.default_window));
}

// "`n_routed_experts`, `num_experts`"
std::string KeysText(std::string_view keys) {
  std::string text;
  for (const std::string_view key : SplitKeys(keys)) {
    text += fmt::format("{}`{}`", text.empty() ? "" : ", ", key);
  }
  return text;
}

std::string SizesText(const Family& family) {
  std::string text =
      "| size | key of config.json | without it | if null |\n| --- | --- | --- | --- |\n";
  for (const SizeRule& rule : family.sizes) {
    text += fmt::format("| {} | {} | {} | {} |\n", rule.size, KeysText(rule.keys), rule.fallback,
                        rule.if_null == rule.fallback ? "" : rule.if_null);
  }
  return text;
}

std::string FlagKeyText(const FlagRule& rule) {
  if (!rule.differing.empty()) return fmt::format("where {} differ", rule.differing);
  const std::string keys = KeysText(rule.key);
  return rule.text.empty() ? keys : fmt::format("{} begins with \"{}\"", keys, rule.text);
}

std::string FlagsText(const Family& family) {
  if (family.flags.empty()) return "";
  std::string text = "\n| flag | key of config.json | without it |\n| --- | --- | --- |\n";
  for (const FlagRule& rule : family.flags) {
    text += fmt::format("| {} | {} | {} |\n", rule.flag, FlagKeyText(rule),
                        rule.fallback ? "yes" : "no");
  }
  return text;
}

std::string TensorsText(const Family& family) {
  std::string text = "\n| tensor | shape | part of | in | if |\n| --- | --- | --- | --- | --- |\n";
  for (const TensorRule& rule : family.tensors) {
    text += fmt::format("| `{}` | {} | {} | {} | {} |\n", rule.name, rule.shape,
                        ModuleKindName(rule.module), WhereText(rule),
                        rule.optional ? "in some" : rule.when);
  }
  return text;
}

// How config.json says which layer is which, where it does.
std::string SourceText(const LayerTypeRule& rule) {
  std::string text = KeysText(rule.list_keys);
  const auto otherwise = [&](const std::string& how) {
    text += fmt::format("{}{}", text.empty() ? "" : "; else ", how);
  };
  if (!rule.numbers_key.empty()) {
    otherwise(fmt::format("the first in layers of `{}`", rule.numbers_key));
  } else if (!rule.count_key.empty()) {
    otherwise(fmt::format("the first in the first `{}` ({}) layers", rule.count_key, rule.count));
  } else if (rule.step > 1) {
    otherwise(fmt::format("the first in one layer of {}{}", rule.step,
                          rule.step_key.empty() ? "" : fmt::format(" (`{}`)", rule.step_key)));
  } else if (rule.types.size() > 1) {
    otherwise("the first");
  }
  return text.empty() ? "in all layers" : text;
}

std::string LayersText(const Family& family) {
  if (family.layer_types.empty()) return "";
  std::string text = "\n| layers that config.json calls | have | by |\n| --- | --- | --- |\n";
  for (const LayerTypeRule& rule : family.layer_types) {
    for (const LayerType& type : rule.types) {
      std::string words = KeysText(type.words);
      if (!type.when.empty()) words += fmt::format("{}if {}", words.empty() ? "" : ", ", type.when);
      text += fmt::format("| {} | {} | {} |\n", words.empty() ? "any" : words,
                          PartsText(type.parts), SourceText(rule));
    }
  }
  for (const LayerSizeRule& rule : family.layer_sizes) {
    text += fmt::format("\nIn layers with {}, {} is {}{}.\n",
                        rule.parts.empty() ? "anything" : PartsText(rule.parts), rule.size,
                        rule.value, rule.when.empty() ? "" : fmt::format(" if {}", rule.when));
  }
  return text;
}

// Where names or layouts differ from a Llama-like decoder's.
std::string ViewsText(const Family& family) {
  if (family.views.empty()) return "";
  std::string text =
      "\n| stored | compared as | shape | from element | strides |\n"
      "| --- | --- | --- | --- | --- |\n";
  for (const ViewRule& view : family.views) {
    const std::string strides = view.dimensions.empty()
                                    ? std::string(view.strides)
                                    : fmt::format("{} of {}", view.strides, view.dimensions);
    const std::string where =
        view.needs.empty() ? "" : fmt::format(", in layers with {}", PartsText(view.needs));
    text += fmt::format("| `{}` | `{}`{} | {} | {} | {} |\n", view.stored, view.name, where,
                        view.shape, view.shape.empty() ? "" : view.offset, strides);
  }
  return text;
}

}  // namespace

std::string FamiliesMarkdown() {
  std::string text =
      "# Model families\n\n"
      "Printed by `modelkin inspect --families` from the tables in `src/architecture/families/`. "
      "Shapes are as\nstored, outermost axis first, over the sizes that the first table of a "
      "family reads from config.json.\n`{L}` stands for the layer, `{E}` for the expert; experts "
      "are stored in one of the ways listed. A last\ntable, where there is one, says under which "
      "names of a Llama-like decoder `modelkin compare` sees what is\nstored.\n";
  for (const Family& family : Families()) {
    text += fmt::format("\n## {}: {}\n\n", family.name, family.title);
    std::string types;
    for (const std::string_view type : family.model_types) {
      types += fmt::format("{}`{}`", types.empty() ? "" : ", ", type);
    }
    text +=
        fmt::format("model_type {}; {} {} attention and MLP; {} attention{}{}{}\n\n", types,
                    family.norm, PlaceText(family.norm_place), family.attention, WindowText(family),
                    family.router.empty() ? "" : fmt::format("; router: {}", family.router),
                    family.rotary && family.default_rotary_share < 1
                        ? fmt::format("; {} of a head rotates without \"partial_rotary_factor\"",
                                      family.default_rotary_share)
                        : "");
    text += SizesText(family) + FlagsText(family) + LayersText(family) + TensorsText(family) +
            ViewsText(family);
  }
  return text;
}

}  // namespace modelkin
