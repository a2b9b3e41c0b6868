#include "architecture/tensor_checks.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "architecture/name_pattern.h"
#include "architecture/parameter_count.h"
#include "architecture/size_expression.h"
#include "base/error.h"
#include "base/escaped_text.h"

namespace modelkin {
namespace {

constexpr std::size_t kMostFindings = 100;

// Tensors of one kind, told by one of them.
struct Group {
  std::uint64_t count = 0;
  const Tensor* example = nullptr;
  void Add(const Tensor& tensor) {
    if (count++ == 0) example = &tensor;
  }
};

struct AxisMismatch {
  const TensorRule* rule;
  std::size_t axis;  // or the shape's length, if the number of axes differs
  std::uint64_t stored, expected;
  auto operator<=>(const AxisMismatch&) const = default;
};

struct RuleTally {
  std::map<std::uint64_t, std::uint64_t> by_layer;  // tensors found; layer 0 for those outside
  std::uint64_t found = 0;
  const Tensor* last = nullptr;  // of those
  Group without_flag;            // stored although the flag says no
  Group wrong_layer;             // stored in layers that have no such tensor
};

std::string KeyOfFlag(const Family& family, std::string_view flag) {
  for (const FlagRule& rule : family.flags) {
    if (rule.flag == flag && !rule.key.empty()) return std::string(SplitKeys(rule.key).front());
  }
  return "";
}

// "moe_intermediate_size 1280", what config.json says of the sizes in an expression.
std::string SayKeys(const ModelSpec& spec, std::string_view expression, std::string& first_key) {
  std::string text;
  std::vector<std::string_view> open = NamesIn(expression);
  for (std::size_t i = 0; i < open.size() && i < 16; ++i) {
    const auto size = spec.sizes.find(open[i]);
    if (size == spec.sizes.end()) continue;
    if (!size->second.key.empty()) {
      if (first_key.empty()) first_key = size->second.key;
      text +=
          fmt::format("{}{} {}", text.empty() ? "" : ", ", size->second.key, size->second.value);
      continue;
    }
    for (const SizeRule& rule : spec.family->sizes) {
      if (rule.size != open[i]) continue;
      const auto inner = NamesIn(rule.fallback);
      open.insert(open.end(), inner.begin(), inner.end());
      break;
    }
  }
  return text;
}

// "tie_word_embeddings is true", or of what no key says, what the family has.
Said FlagText(const std::string& key, std::string_view flag, bool unwanted) {
  if (key.empty()) return Say("the family has \"{}\"", "이 계열은 \"{}\"", flag);
  return unwanted ? Say("{} is true", "{}이(가) 참", key)
                  : Say("{} is false", "{}이(가) 거짓", key);
}

std::string ShownName(const Tensor& tensor) { return Printable(tensor.name); }

// "" where it is not known.
std::string KnownShape(const Tensor& tensor) {
  return HasShape(tensor) ? ShapeText(tensor.shape) : "";
}

Said OfMany(const Group& group) {
  return group.count > 1 ? Say(" ({} tensors)", "(텐서 {}개)", group.count) : Said{};
}

class Checker {
 public:
  Checker(const ModelSpec& spec, std::span<const MatchedTensor> tensors,
          std::optional<bool> head_repeats)
      : spec_(spec), storage_(MainStorage(tensors)), head_repeats_(head_repeats) {
    for (const MatchedTensor& match : tensors) Tally(match);
  }

  std::vector<Finding> Findings() {
    ReportLayers();
    for (const auto& [mismatch, group] : mismatches_) ReportMismatch(mismatch, group);
    for (const TensorRule& rule : spec_.family->tensors) ReportRule(rule);
    ReportTwice();
    for (const auto& [pattern, group] : unexplained_) {
      Report(
          {.kind = FindingKind::kUnexplained,
           .message =
               group.count == 1
                   ? Say("{} is not explained by the family and config.json",
                         "{}은(는) 계열과 config.json으로 설명되지 않음", ShownName(*group.example))
                   : Say("{} and {} like it are not explained by the family and "
                         "config.json",
                         "{}와(과) 비슷한 텐서 {}개는 계열과 config.json으로 설명되지 않음",
                         ShownName(*group.example), group.count - 1),
           .tensor = group.example->name,
           .tensor_value = KnownShape(*group.example),
           .tensors = group.count});
    }
    for (const auto& [kind, count] : by_kind_) {
      if (count <= kMostFindings) continue;
      findings_.push_back({.kind = kind,
                           .message = Say("and {} more of this kind", "이런 것이 {}개 더 있음",
                                          count - kMostFindings)});
    }
    return std::move(findings_);
  }

 private:
  // The way to store experts that most tensors follow.
  static ExpertStorage MainStorage(std::span<const MatchedTensor> tensors) {
    std::map<ExpertStorage, std::uint64_t> votes;
    for (const MatchedTensor& match : tensors) {
      if (match.rule == nullptr || match.rule->storage == ExpertStorage::kAny) continue;
      if (match.rule->storage != ExpertStorage::kTogether) ++votes[match.rule->storage];
    }
    ExpertStorage main = ExpertStorage::kSeparate;
    std::uint64_t most = 0;
    for (const auto& [storage, count] : votes) {
      if (count > most) {
        main = storage;
        most = count;
      }
    }
    return main;
  }

  void Report(Finding finding) {
    if (++by_kind_[finding.kind] <= kMostFindings) findings_.push_back(std::move(finding));
  }

  void Tally(const MatchedTensor& match) {
    const Tensor& tensor = *match.tensor;
    if (match.rule == nullptr) {
      unexplained_[PatternOf(tensor.name).pattern].Add(tensor);
      return;
    }
    if (match.layer && *match.layer >= spec_.layers.size()) {
      beyond_.Add(tensor);
      deepest_ = std::max<std::uint64_t>(deepest_, *match.layer);
      return;
    }
    if (match.is_scale) return;
    RuleTally& tally = tallies_[match.rule];
    if (match.layer && !spec_.OccursIn(*match.rule, *match.layer)) {
      tally.wrong_layer.Add(tensor);
      return;
    }
    if (match.rule->module != ModuleKind::kBuffer && HasOwnShape(tensor)) {
      CheckShape(*match.rule, tensor, match.layer);
    }
    if (!spec_.Applies(*match.rule)) {
      tally.without_flag.Add(tensor);
      return;
    }
    tally.last = &tensor;
    ++tally.found;
    ++tally.by_layer[match.layer.value_or(0)];
  }

  // Codes mostly have another shape than what they stand for.
  static bool HasOwnShape(const Tensor& tensor) {
    const StoredAs& stored = tensor.stored;
    if (!HasShape(tensor)) return false;
    return stored.form == StoredForm::kWeight ||
           (!stored.assumed_width && stored.parameters == tensor.elements);
  }

  void CheckShape(const TensorRule& rule, const Tensor& tensor,
                  std::optional<std::uint32_t> layer) {
    const auto axes = SplitShape(rule.shape);
    if (axes.size() != tensor.shape.size()) {
      mismatches_[{&rule, axes.size(), tensor.shape.size(), axes.size()}].Add(tensor);
      return;
    }
    for (std::size_t i = 0; i < axes.size(); ++i) {
      const auto expected = spec_.Evaluate(axes[i], layer);
      if (expected && *expected != tensor.shape[i]) {
        mismatches_[{&rule, i, tensor.shape[i], *expected}].Add(tensor);
      }
    }
  }

  // Layers beside the first stack's: " and 1 of multi-token prediction".
  Said OtherLayers(std::uint64_t first_stack) const {
    if (const auto decoder = spec_.Size("decoder_layers")) {
      return Say(" and {} of the decoder", "와 디코더의 층 {}개", *decoder);
    }
    if (spec_.layers.size() <= first_stack) return {};
    return Say(" and {} of multi-token prediction", "와 다중 토큰 예측의 층 {}개",
               spec_.layers.size() - first_stack);
  }

  void ReportLayers() {
    if (beyond_.count == 0) return;
    const auto& layers = spec_.sizes.at("layers");
    Report({.kind = FindingKind::kContradiction,
            .message = SayOf(
                layers.value, "layer", "layers",
                "{1} makes {2} {0}{3}, but tensors of layer {4} are stored ({5}{6})",
                "{}에 따르면 층이 {}개{}인데 {}번 층의 텐서가 저장되어 있음({}{})",
                layers.key.empty() ? "config.json" : layers.key, layers.value,
                OtherLayers(layers.value), deepest_, ShownName(*beyond_.example),
                beyond_.count == 1 ? Said{} : Say(", and {} more", " 외 {}개", beyond_.count - 1)),
            .config_key = layers.key,
            .config_value = fmt::format("{}", layers.value),
            .tensor = beyond_.example->name,
            .tensor_value = fmt::format("layer {}", deepest_),
            .tensors = beyond_.count});
  }

  void ReportMismatch(const AxisMismatch& mismatch, const Group& group) {
    const auto axes = SplitShape(mismatch.rule->shape);
    const Tensor& tensor = *group.example;
    Finding finding{.kind = FindingKind::kContradiction,
                    .tensor = tensor.name,
                    .tensor_value = ShapeText(tensor.shape),
                    .tensors = group.count};
    const Said others = OfMany(group);
    if (mismatch.axis == axes.size()) {
      finding.message = Say("{} has shape {}, where the family has [{}]{}",
                            "{}의 모양은 {}인데 이 계열에서는 [{}]{}", ShownName(tensor),
                            ShapeText(tensor.shape), mismatch.rule->shape, others);
    } else {
      const std::string_view axis = axes[mismatch.axis];
      const std::string keys = SayKeys(spec_, axis, finding.config_key);
      const std::uint64_t expected = mismatch.expected;
      finding.config_value = fmt::format("{}", expected);
      finding.message =
          Say("{} has shape {}: its axis {} is {}, but config.json makes it {} ({}{}){}",
              "{}의 모양은 {}: {}번 축이 {}인데 config.json에 따르면 {}({}{}){}", ShownName(tensor),
              ShapeText(tensor.shape), mismatch.axis, mismatch.stored, expected, axis,
              keys.empty() ? Said{} : Say(" from {}", ", 출처 {}", keys), others);
    }
    Report(std::move(finding));
  }

  void ReportRule(const TensorRule& rule) {
    const RuleTally& tally = tallies_[&rule];
    if (tally.without_flag.count > 0) ReportFlag(rule, tally.without_flag);
    if (tally.wrong_layer.count > 0) {
      Report({.kind = rule.may_idle ? FindingKind::kNote : FindingKind::kContradiction,
              .message = Say("{} is stored{}, but config.json gives its layer no {}",
                             "{}이(가) 저장되어 있으나{} config.json에 따르면 그 층에는 {}",
                             ShownName(*tally.wrong_layer.example), OfMany(tally.wrong_layer),
                             rule.may_idle ? Said{"use for it", "쓸 곳이 없음"}
                                           : Said{"such part", "그런 부분이 없음"}),
              .tensor = tally.wrong_layer.example->name,
              .tensors = tally.wrong_layer.count});
    }
    const bool optional =
        rule.optional || rule.module == ModuleKind::kBuffer || rule.module == ModuleKind::kPooler;
    const bool elsewhere = !GoesWith(rule.storage, storage_);
    const std::uint64_t expected = ExpectedTensors(spec_, rule);
    if (!optional && !elsewhere && tally.found < expected) ReportMissing(rule, tally, expected);
    const bool of_experts = rule.name.find("{E}") != std::string_view::npos;
    if (!of_experts && tally.found > expected) {
      if (twice_.count == 0) twice_.example = tally.last;
      twice_.count += tally.found - expected;
    }
  }

  // Names that differ in what they begin with alone, and follow one rule.
  void ReportTwice() {
    if (twice_.count == 0) return;
    Report(
        {.kind = FindingKind::kContradiction,
         .message = Say("{}{} and another tensor have one name but for what it begins with: the "
                        "files may hold two models of one kind",
                        "{}{}와(과) 다른 텐서의 이름이 앞부분만 다름: 파일에 같은 종류의 모델이 둘 "
                        "있을 수 있음",
                        ShownName(*twice_.example), OfMany(twice_)),
         .tensor = twice_.example->name,
         .tensors = twice_.count});
  }

  void ReportFlag(const TensorRule& rule, const Group& group) {
    const bool unwanted = rule.when.starts_with('!');
    const std::string_view flag = unwanted ? rule.when.substr(1) : rule.when;
    const std::string key = KeyOfFlag(*spec_.family, flag);
    // A head that is stored although it is tied is redundant, not wrong, if it is the embedding.
    const bool tied = flag == "tied";
    const bool differs = tied && !head_repeats_.value_or(true);
    Report({.kind = tied && !differs ? FindingKind::kNote : FindingKind::kContradiction,
            .message = Say("{} is stored{}{}, although {}", "{3}인데 {0}이(가) 저장되어 있음{1}{2}",
                           ShownName(*group.example), OfMany(group),
                           differs ? Said{" and is not the embedding", ", 임베딩과 다름"}
                           : tied && head_repeats_.has_value()
                               ? Said{", the embedding once more", ", 임베딩과 같은 값"}
                               : Said{},
                           FlagText(key, flag, unwanted)),
            .config_key = key,
            .config_value = unwanted ? "true" : "false",
            .tensor = group.example->name,
            .tensor_value = KnownShape(*group.example),
            .tensors = group.count});
  }

  void ReportMissing(const TensorRule& rule, const RuleTally& tally, std::uint64_t expected) {
    // A tied embedding may be stored under the head's name instead.
    const bool embedding = rule.module == ModuleKind::kEmbedding;
    if (embedding && spec_.flags.contains("tied") && HeadIsStored()) {
      Report({.kind = FindingKind::kNote,
              .message =
                  Say("{} is not stored; the head, which is tied to it, is",
                      "{}은(는) 저장되어 있지 않고 값을 함께 쓰는 헤드가 저장되어 있음", rule.name),
              .tensor = std::string(rule.name)});
      return;
    }
    std::uint64_t layer = 0;
    if (rule.where != Where::kOnce) {
      const std::uint64_t of_layer = expected / std::max<std::uint64_t>(1, spec_.LayersWith(rule));
      for (; layer + 1 < spec_.layers.size(); ++layer) {
        const auto found = tally.by_layer.find(layer);
        const std::uint64_t stored = found == tally.by_layer.end() ? 0 : found->second;
        if (spec_.OccursIn(rule, layer) && stored < of_layer) break;
      }
    }
    Report({.kind = FindingKind::kMissing,
            .message = rule.where == Where::kOnce
                           ? Say("{} is not stored", "{}이(가) 저장되어 있지 않음", rule.name)
                           : Say("of {} tensors {} the files hold {}; first missing in layer {}",
                                 "텐서 {1} {0}개 중 파일에 {2}개 있음. 처음 빠진 곳은 {3}번 층",
                                 expected, rule.name, tally.found, layer),
            .tensor = NameOf(rule.name, layer, 0),
            .tensors = expected - tally.found});
  }

  bool HeadIsStored() const {
    return std::ranges::any_of(tallies_, [](const auto& entry) {
      return entry.first->module == ModuleKind::kHead && entry.second.without_flag.count > 0;
    });
  }

  const ModelSpec& spec_;
  ExpertStorage storage_;
  std::optional<bool> head_repeats_;
  std::map<const TensorRule*, RuleTally> tallies_;
  std::map<AxisMismatch, Group> mismatches_;
  std::map<std::string, Group> unexplained_;
  Group beyond_;
  Group twice_;
  std::uint64_t deepest_ = 0;
  std::map<FindingKind, std::uint64_t> by_kind_;
  std::vector<Finding> findings_;
};

}  // namespace

std::vector<Finding> CheckTensors(const ModelSpec& spec, std::span<const MatchedTensor> tensors,
                                  std::optional<bool> head_repeats) {
  return Checker(spec, tensors, head_repeats).Findings();
}

std::vector<Finding> FindUnusedWidths(const ModelSpec& spec, const ModelConfig& config) {
  std::vector<Finding> findings;
  for (const char* key : {"intermediate_size", "moe_intermediate_size", "n_inner",
                          "shared_expert_intermediate_size", "ffn_hidden_size"}) {
    const auto width = config.Size(key);
    if (!width) continue;
    const bool used = std::ranges::any_of(spec.family->tensors, [&](const TensorRule& rule) {
      if (ExpectedTensors(spec, rule) == 0) return false;
      std::string first_key;
      return SayKeys(spec, rule.shape, first_key).find(fmt::format("{} ", key)) == 0 ||
             SayKeys(spec, rule.shape, first_key).find(fmt::format(", {} ", key)) !=
                 std::string::npos;
    });
    if (used) continue;
    findings.push_back(
        {.kind = FindingKind::kUnusedValue,
         .message = Say("{} is {}, but no tensor of this model has to do with it",
                        "{}의 값은 {}인데 이 모델의 어느 텐서와도 관계가 없음", key, *width),
         .config_key = key,
         .config_value = fmt::format("{}", *width)});
  }
  return findings;
}

}  // namespace modelkin
