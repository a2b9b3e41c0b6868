#include "checkpoint/adapter.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <iterator>
#include <map>
#include <set>
#include <utility>

#include "base/error.h"
#include "base/escaped_text.h"
#include "checkpoint/weight_file_name.h"
#include "storage/adapter/lora_weight.h"

namespace modelkin {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kConfigName = "adapter_config.json";
constexpr std::string_view kWrapper = "base_model.model.";  // PEFT's own, around the base

// Tensors of the adapter for one module.
struct ModuleParts {
  const Tensor *a = nullptr, *b = nullptr;
  const Tensor *embedding_a = nullptr, *embedding_b = nullptr;
  const Tensor *magnitude = nullptr, *bias = nullptr;

  const Tensor& any() const {
    for (const Tensor* part : {a, b, embedding_a, embedding_b, magnitude, bias}) {
      if (part != nullptr) return *part;
    }
    return *a;
  }
};

struct PartName {
  std::string_view text;  // after the module's name, without the adapter's own name
  const Tensor* ModuleParts::*part;
};

constexpr auto kPartNames = std::to_array<PartName>({
    {"lora_A.weight", &ModuleParts::a},
    {"lora_B.weight", &ModuleParts::b},
    {"lora_B.bias", &ModuleParts::bias},
    {"lora_embedding_A", &ModuleParts::embedding_a},
    {"lora_embedding_B", &ModuleParts::embedding_b},
    {"lora_magnitude_vector", &ModuleParts::magnitude},
    {"lora_magnitude_vector.weight", &ModuleParts::magnitude},
});

// Takes ".default" and the like out, which some savers leave in: "lora_A.default.weight".
std::string WithoutAdapterName(std::string_view part, std::string_view adapter) {
  std::string text(part);
  const std::string middle = fmt::format(".{}", adapter);
  const std::size_t at = text.find(middle);
  const std::size_t end = at + middle.size();
  if (at != text.npos && (end == text.size() || text[end] == '.')) text.erase(at, middle.size());
  return text;
}

// Finds tensors of the base by the names that PEFT knows them by, which may have another beginning
// than those in its files.
class BaseTensors {
 public:
  explicit BaseTensors(const Checkpoint& base) : base_(base) {}

  const Tensor* Find(const std::string& name) const {
    if (const Tensor* const found = base_.Find(name)) return found;
    // Without "model." or "transformer.", which files of bare models lack.
    std::string_view shorter = name;
    const std::size_t dot = shorter.find('.');
    if (dot != shorter.npos && !IsNumber(shorter.substr(0, dot))) {
      shorter.remove_prefix(dot + 1);
      const Tensor* const found = shorter.find('.') == shorter.npos ? nullptr : base_.Find(shorter);
      if (found != nullptr) return found;
    }
    return FindByEnding(name);
  }

 private:
  static bool IsNumber(std::string_view text) {
    return std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
  }

  // The only tensor whose name ends so; null for none or several.
  const Tensor* FindByEnding(const std::string& name) const {
    const std::string ending = "." + name;
    const Tensor* found = nullptr;
    for (const Tensor& tensor : base_.tensors()) {
      if (!tensor.name.ends_with(ending)) continue;
      if (found != nullptr) return nullptr;
      found = &tensor;
    }
    return found;
  }

  const Checkpoint& base_;
};

class AdapterMerger {
 public:
  AdapterMerger(const Checkpoint& base, const Checkpoint& adapter, const AdapterConfig& config)
      : base_(base), adapter_(adapter), config_(config), find_(base) {}

  Checkpoint Merge() {
    config_.RequireMergeable();
    for (const Tensor& tensor : base_.tensors()) tensors_.emplace(tensor.name, tensor);
    for (const Tensor& tensor : adapter_.tensors()) Sort(tensor);
    for (const auto& [module, parts] : modules_) AddModule(module, parts);
    std::vector<CheckpointFile> files = base_.files();
    std::ranges::copy(adapter_.files(), std::back_inserter(files));
    std::vector<Tensor> tensors;
    tensors.reserve(tensors_.size());
    for (auto& [name, tensor] : tensors_) tensors.push_back(std::move(tensor));
    std::vector<Said> warnings = base_.warnings();
    std::ranges::copy(adapter_.warnings(), std::back_inserter(warnings));
    warnings.push_back(Sentence());
    return {adapter_.path(),
            std::move(files),
            std::move(tensors),
            std::move(warnings),
            base_.incomplete() || adapter_.incomplete(),
            base_.config()};
  }

 private:
  [[noreturn]] void Fail(const Tensor& tensor, std::string_view message) const {
    throw Error(ErrorKind::kBadInput, message,
                {.file = adapter_.SourceOf(tensor).label(),
                 .tensor = tensor.stored_name(),
                 .offset_bytes = tensor.offset_bytes});
  }

  Said Sentence() const {
    return SayOf(changed_, "weight", "weights",
                 "{1}, opened as its base {2} with {3} {0} changed and {4} replaced",
                 "{}, 기반 모델 {}에서 가중치 {}개를 바꾸고 {}개를 대체하여 봄", config_.Sentence(),
                 Printable(base_.path()), changed_, replaced_);
  }

  // In the files of both.
  Tensor Moved(const Tensor& tensor) const {
    Tensor moved = tensor;
    MoveToFile(moved, tensor.file + static_cast<std::uint32_t>(base_.files().size()));
    return moved;
  }

  // Puts a tensor of the adapter to its module, or in place of the base's.
  void Sort(const Tensor& tensor) {
    std::string_view name = tensor.name;
    if (!name.starts_with(kWrapper)) {
      Fail(tensor, fmt::format("is not under \"{}\", as all of an adapter is", kWrapper));
    }
    name.remove_prefix(kWrapper.size());
    const std::size_t lora = name.find(".lora_");
    if (lora == name.npos) return Replace(tensor, name);
    const std::string part = WithoutAdapterName(name.substr(lora + 1), "default");
    const auto known = std::ranges::find(kPartNames, part, &PartName::text);
    if (known == kPartNames.end()) Fail(tensor, "is a part of LoRA that is not read here");
    const Tensor*& place = modules_[std::string(name.substr(0, lora))].*known->part;
    if (place != nullptr) Fail(tensor, "is there twice, under two names");
    if (!IsComparable(tensor.dtype) || tensor.coded != nullptr) {
      Fail(tensor, "has values that can't be added");
    }
    place = &tensor;
  }

  // Of a module that was trained as a whole: "lm_head.weight", "lm_head.modules_to_save.weight".
  void Replace(const Tensor& tensor, std::string_view name) {
    std::string base_name(name);
    for (const std::string_view middle :
         {".modules_to_save.default", ".modules_to_save", ".base_layer"}) {
      const std::size_t at = base_name.find(middle);
      if (at != base_name.npos) base_name.erase(at, middle.size());
    }
    if (name.find("token_adapter") != name.npos || name.find("trainable_tokens") != name.npos) {
      Fail(tensor, "is of tokens that were trained by themselves, which is not read here");
    }
    const Tensor* const replaced = find_.Find(base_name);
    if (replaced != nullptr) base_name = replaced->name;
    if (!own_.emplace(base_name).second) Fail(tensor, "is there twice, under two names");
    tensors_.insert_or_assign(base_name, Renamed(Moved(tensor), base_name));
    ++replaced_;
  }

  // The base's tensor as it is now: its own, or the adapter's in its place.
  const Tensor& BaseOf(const std::string& name, const Tensor& asking) const {
    const Tensor* const found = find_.Find(name);
    const auto now = tensors_.find(found == nullptr ? name : found->name);
    if (now == tensors_.end()) {
      Fail(asking,
           fmt::format("changes \"{}\", which {} lacks", Printable(name), Printable(base_.path())));
    }
    if (!IsComparable(now->second.dtype) || now->second.stored.form != StoredForm::kWeight) {
      Fail(asking, fmt::format("changes \"{}\", whose values are not read here", Printable(name)));
    }
    return now->second;
  }

  void AddModule(const std::string& module, const ModuleParts& parts) {
    const Tensor& any = parts.any();
    const bool is_embedding = parts.embedding_a != nullptr || parts.embedding_b != nullptr;
    const Tensor* const a = is_embedding ? parts.embedding_a : parts.a;
    const Tensor* const b = is_embedding ? parts.embedding_b : parts.b;
    if (a == nullptr || b == nullptr || (is_embedding && parts.a != nullptr)) {
      Fail(any, "one of the two factors is missing");
    }
    if (is_embedding && parts.magnitude != nullptr) {
      Fail(any, "is a DoRA of an embedding, which is not read here");
    }
    const bool are_matrices = a->shape.size() == 2 && b->shape.size() == 2 && a->elements > 0 &&
                              b->elements > 0 && a->shape[0] == b->shape[1];
    if (!are_matrices) {
      Fail(*a, fmt::format("and the other factor are of shapes {} and {}, which have no product",
                           ShapeText(a->shape), ShapeText(b->shape)));
    }
    const std::uint64_t rank = a->shape[0];
    const double scale = config_.ScaleOf(module, rank);
    const Tensor base = BaseOf(module + ".weight", any);
    const Shape plain = {b->shape[0], a->shape[1]}, turned = {a->shape[1], b->shape[0]};
    const bool is_turned = is_embedding || (base.shape == turned &&
                                            (base.shape != plain || config_.has_inputs_first()));
    if (base.shape != (is_turned ? turned : plain)) {
      Fail(any, fmt::format("changes a matrix of shape {}, and \"{}\" has {}", ShapeText(plain),
                            Printable(base.name), ShapeText(base.shape)));
    }
    LoraParts lora{.base = base,
                   .left = is_turned ? TurnedMatrix(Moved(*a)) : Moved(*b),
                   .right = is_turned ? TurnedMatrix(Moved(*b)) : Moved(*a),
                   .scale = scale,
                   .magnitude = {}};
    if (parts.magnitude != nullptr) {
      if (is_turned) Fail(*parts.magnitude, "is a DoRA of a turned matrix, which is not read here");
      if (parts.magnitude->elements != base.shape[0]) {
        Fail(*parts.magnitude,
             fmt::format("has {} elements for {} rows", parts.magnitude->elements, base.shape[0]));
      }
      lora.magnitude = Moved(*parts.magnitude);
    }
    tensors_.insert_or_assign(base.name, MakeLoraWeight(std::move(lora)));
    ++changed_;
    if (parts.bias != nullptr) AddBias(module, *parts.bias, scale);
  }

  void AddBias(const std::string& module, const Tensor& change, double scale) {
    const Tensor base = BaseOf(module + ".bias", change);
    if (base.elements != change.elements) {
      Fail(change, fmt::format("has {} elements for a bias of {}", change.elements, base.elements));
    }
    tensors_.insert_or_assign(base.name, MakeLoraBias(base, Moved(change), scale));
    ++changed_;
  }

  const Checkpoint& base_;
  const Checkpoint& adapter_;
  const AdapterConfig& config_;
  BaseTensors find_;
  std::map<std::string, Tensor> tensors_;  // the result, by name
  std::map<std::string, ModuleParts> modules_;
  std::set<std::string> own_;  // that the adapter has in place of the base's
  std::uint64_t changed_ = 0, replaced_ = 0;
};

}  // namespace

std::optional<AdapterFolder> FindAdapter(const std::string& path, const OpenOptions& options,
                                         const Places& places) {
  if (options.as_stored || !places.MayExist(path) || !places.IsFolder(path)) return std::nullopt;
  const std::vector<std::string> names = places.FilesIn(path);
  if (std::ranges::find(names, kConfigName) == names.end()) return std::nullopt;
  bool has_weights = false;
  for (const std::string& name : names) {
    if (!name.ends_with(".safetensors") && !IsTorchWeightName(name)) continue;
    if (!name.starts_with("adapter")) return std::nullopt;
    has_weights = true;
  }
  if (!has_weights) return std::nullopt;
  AdapterFolder adapter{
      .config = AdapterConfig(*places.Open((fs::path(path) / kConfigName).string())),
      .base = options.base};
  // A file from elsewhere names no folder of this machine.
  const std::string named = adapter.config.base();
  const bool may_be_local = !places.IsRemote(path) && !places.IsRemote(named) && !named.empty();
  if (adapter.base.empty() && may_be_local && named.find('\0') == named.npos &&
      places.MayExist(named) && places.IsFolder(named)) {
    adapter.base = named;
  }
  return adapter;
}

Checkpoint MergeAdapter(const Checkpoint& base, const Checkpoint& adapter,
                        const AdapterConfig& config) {
  return AdapterMerger(base, adapter, config).Merge();
}

}  // namespace modelkin
