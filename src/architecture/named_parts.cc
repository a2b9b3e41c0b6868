#include "architecture/named_parts.h"

#include <algorithm>
#include <optional>
#include <set>
#include <unordered_map>
#include <utility>

#include "architecture/known_names.h"
#include "architecture/name_pattern.h"
#include "architecture/name_wrappers.h"
#include "architecture/role_names.h"
#include "architecture/tensor_matching.h"
#include "architecture/tensor_role.h"

namespace modelkin {
namespace {

// Kinds of tensors, below which numbered modules are no layers: a matrix and its bias.
constexpr std::size_t kFewestInLayer = 3;

// Tensors under one pattern, and what that says of them.
struct NameKind {
  std::uint64_t tensors = 0;
  ModuleKind module = ModuleKind::kOther;
  std::vector<Role> roles;  // of each matrix that a fused one is
};

struct NumberedNames {
  std::set<std::uint32_t> layers;
  std::set<std::string> patterns;
};

class NameReader {
 public:
  explicit NameReader(const ModelComponent& component) : family_(component.resolved.family) {
    if (family_ != nullptr) matcher_.emplace(*family_);
    for (const Tensor& tensor : component.checkpoint->tensors()) Count(tensor);
    // Roles are those of names that the tests of lineage see.
    for (const Tensor& tensor : component.for_tests->tensors()) NoteRole(tensor);
  }

  NamedParts Parts() const {
    NamedParts parts{.experts = experts_.size()};
    for (const auto& [prefix, stack] : stacks_) {
      if (stack.patterns.size() < kFewestInLayer) continue;
      parts.stacks.push_back({.prefix = prefix, .layers = stack.layers.size()});
    }
    std::ranges::stable_sort(parts.stacks, std::greater<>(), &LayerStack::layers);
    std::map<ModuleKind, std::set<Role>> roles;
    for (const auto& [pattern, kind] : kinds_) {
      parts.tensors[kind.module] += kind.tensors;
      if (kind.module == ModuleKind::kOther) parts.unplaced.push_back({pattern, kind.tensors});
      roles[kind.module].insert(kind.roles.begin(), kind.roles.end());
    }
    if (scales_ > 0) parts.tensors[ModuleKind::kScale] += scales_;
    std::ranges::stable_sort(parts.unplaced, std::greater<>(), &NamesAlike::tensors);
    for (const ModuleKind module :
         {ModuleKind::kDenseMlp, ModuleKind::kSharedExperts, ModuleKind::kRoutedExperts}) {
      if (parts.tensors.contains(module)) parts.mlps[module] = FormOf(roles[module]);
    }
    return parts;
  }

 private:
  static MlpForm FormOf(const std::set<Role>& roles) {
    if (roles.contains(Role::kGateUp)) return MlpForm::kGatedInOne;
    if (!roles.contains(Role::kUp)) return MlpForm::kNotTold;
    return roles.contains(Role::kGate) ? MlpForm::kGated : MlpForm::kPlain;
  }

  void Count(const Tensor& tensor) {
    if (tensor.stored.form == StoredForm::kCompanion) {
      ++scales_;
      return;
    }
    const NamePattern name = TensorMatcher::NameOf(tensor);
    const auto [found, fresh] = kinds_.try_emplace(name.pattern);
    NameKind& kind = found->second;
    if (fresh) {
      kind.module = ModuleOfStored(tensor);
      examples_.emplace(tensor.stored_name(), &kind);
    }
    ++kind.tensors;
    if (name.expert) experts_.insert(*name.expert);
    if (!name.layer) return;
    NumberedNames& stack = stacks_[name.pattern.substr(0, name.pattern.find("{L}"))];
    stack.layers.insert(*name.layer);
    stack.patterns.insert(name.pattern);
  }

  ModuleKind ModuleOfStored(const Tensor& tensor) const {
    const MatchedTensor match = matcher_ ? matcher_->Match(tensor) : MatchedTensor{};
    if (match.rule != nullptr) return match.rule->module;
    const std::string& weight = tensor.stored.weight_name;
    return ModuleKindOfName(weight.empty() ? tensor.name : weight);
  }

  void NoteRole(const Tensor& tensor) {
    const auto found = examples_.find(tensor.stored_name());
    if (found == examples_.end()) return;
    NameKind& kind = *found->second;
    for (const std::string& name : NamesInDecoder(tensor)) {
      const TensorRole in_layer = InferRole(name);
      const Role role = RoleOfName(in_layer.role, in_layer.layer.has_value()).role;
      if (std::ranges::find(kind.roles, role) == kind.roles.end()) kind.roles.push_back(role);
      // A role says more than a word of the name.
      if (kind.module == ModuleKind::kOther) kind.module = ModuleKindOfName(name);
    }
  }

  // What a Llama-like decoder calls the tensor, or what it is fused of.
  std::vector<std::string> NamesInDecoder(const Tensor& tensor) const {
    const MatchedTensor match = matcher_ ? matcher_->Match(tensor) : MatchedTensor{};
    const std::string& weight = tensor.stored.weight_name;
    if (match.rule == nullptr) {
      return {LlamaLikeName(WithoutWrappers(weight.empty() ? tensor.name : weight))};
    }
    std::vector<std::string> names;
    for (const ViewRule& view : family_->views) {
      if (view.stored != match.rule->name) continue;
      names.push_back(NameOf(view.name, match.layer.value_or(0), match.expert.value_or(0)));
    }
    if (names.empty()) {
      names.push_back(NameOf(match.rule->name, match.layer.value_or(0), match.expert.value_or(0)));
    }
    return names;
  }

  const Family* family_;
  std::optional<TensorMatcher> matcher_;
  std::unordered_map<std::string, NameKind> kinds_;      // by pattern
  std::unordered_map<std::string, NameKind*> examples_;  // by one tensor's name in its file
  std::map<std::string, NumberedNames> stacks_;          // by what comes before the layer
  std::set<std::uint32_t> experts_;
  std::uint64_t scales_ = 0;
};

}  // namespace

std::string_view MlpFormName(MlpForm form) {
  switch (form) {
    case MlpForm::kNotTold: return "not_told";
    case MlpForm::kPlain: return "plain";
    case MlpForm::kGated: return "gated";
    case MlpForm::kGatedInOne: return "gated_in_one";
  }
  return "";
}

NamedParts NamedPartsOf(const ModelComponent& component) { return NameReader(component).Parts(); }

}  // namespace modelkin
