#include "storage/torch/state_dict.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <unordered_set>

#include "base/escaped_text.h"
#include "storage/safetensors.h"
#include "storage/torch/torch_tensor.h"

namespace modelkin {
namespace {

constexpr int kMostDepth = 12;  // dictionaries in dictionaries
constexpr std::size_t kMostNamed = 5;

// What training scripts call the weights, in the order in which they are believed.
constexpr std::array<std::string_view, 7> kUsualKeys = {
    "state_dict", "model_state_dict", "model", "module", "net", "weights", "params"};

bool IsUsualKey(std::string_view key) {
  return std::ranges::find(kUsualKeys, key) != kUsualKeys.end();
}

bool IsOfOptimiser(std::string_view key) { return key.starts_with("optim"); }

// Whether it is well-formed UTF-8 (Unicode 15, table 3-7).
bool IsUtf8Text(std::string_view text) {
  for (std::size_t i = 0; i < text.size();) {
    const auto first = static_cast<unsigned char>(text[i]);
    const std::size_t length = first < 0x80                    ? 1
                               : first >= 0xC2 && first < 0xE0 ? 2
                               : first >= 0xE0 && first < 0xF0 ? 3
                               : first >= 0xF0 && first < 0xF5 ? 4
                                                               : 0;
    if (length == 0 || length > text.size() - i) return false;
    for (std::size_t k = 1; k < length; ++k) {
      if ((static_cast<unsigned char>(text[i + k]) & 0xC0) != 0x80) return false;
    }
    const unsigned second = length > 1 ? static_cast<unsigned char>(text[i + 1]) : 0;
    const bool is_overlong = (first == 0xE0 && second < 0xA0) || (first == 0xF0 && second < 0x90);
    const bool is_beyond = (first == 0xED && second > 0x9F) || (first == 0xF4 && second > 0x8F);
    if (is_overlong || is_beyond) return false;
    i += length;
  }
  return true;
}

class StateDictChooser {
 public:
  StateDictChooser(const std::string& label, const Pickle& pickle, IsTensorValue is_tensor)
      : label_(label), pickle_(pickle), is_tensor_(is_tensor) {}

  StateDict Choose() {
    PickleValue root = pickle_.root();
    if (is_tensor_(pickle_, root)) {
      Fail(root, "holds a single tensor without a name: save a dictionary of tensors");
    }
    if (!pickle_.Pairs(root)) Fail(root, "holds no dictionary of tensors");
    const std::vector<Group> groups = GroupsOf(root);
    const Group* const chosen = ChooseGroup(root, groups);
    if (chosen == nullptr) Fail(root, "holds no tensors by name");
    Warn(groups, *chosen);
    if (chosen->is_dictionary) root = Innermost(chosen->value);
    Flatten(root, "", !chosen->is_dictionary, 0);
    RequireUnique(root);
    return std::move(result_);
  }

 private:
  // Tensors right in a dictionary, or those of a dictionary in it.
  struct Group {
    std::string key;
    PickleValue value;
    bool is_dictionary = false;
    std::uint64_t tensors = 0;
  };

  [[noreturn]] void Fail(const PickleValue& at, std::string_view message) const {
    const bool is_container = at.kind >= PickleKind::kTuple;
    FailTorch(label_,
              pickle_.offset_bytes() + (is_container ? pickle_.Container(at).offset_bytes : 0),
              message);
  }

  // Counts tensors that have names. Each dictionary is counted where it is met first.
  std::uint64_t CountTensors(const PickleValue& dictionary, int depth) {
    if (depth > kMostDepth || !counted_.insert(dictionary.number).second) return 0;
    const auto pairs = pickle_.Pairs(dictionary);
    if (!pairs) return 0;
    std::uint64_t tensors = 0;
    for (std::size_t i = 0; i + 1 < pairs->size(); i += 2) {
      const PickleValue &key = (*pairs)[i], &value = (*pairs)[i + 1];
      if (key.kind != PickleKind::kText) continue;
      tensors += is_tensor_(pickle_, value) ? 1
                 : IsDictionary(value)      ? CountTensors(value, depth + 1)
                                            : 0;
    }
    return tensors;
  }

  bool IsDictionary(const PickleValue& value) const {
    return value.kind == PickleKind::kDict || pickle_.Called(value) == TorchGlobal::kDictionary;
  }

  // The first group is that of tensors right there, if there are any.
  std::vector<Group> GroupsOf(const PickleValue& dictionary) {
    counted_.clear();
    std::vector<Group> groups;
    Group own{.key = {}, .value = dictionary};
    const auto pairs = pickle_.Pairs(dictionary);
    if (!pairs) return groups;
    for (std::size_t i = 0; i + 1 < pairs->size(); i += 2) {
      const PickleValue &key = (*pairs)[i], &value = (*pairs)[i + 1];
      if (key.kind != PickleKind::kText) continue;
      if (is_tensor_(pickle_, value)) {
        ++own.tensors;
      } else if (IsDictionary(value)) {
        const std::uint64_t tensors = CountTensors(value, 0);
        if (tensors == 0) continue;
        groups.push_back({.key = std::string(pickle_.Text(key)),
                          .value = value,
                          .is_dictionary = true,
                          .tensors = tensors});
      }
    }
    if (own.tensors > 0) groups.insert(groups.begin(), std::move(own));
    return groups;
  }

  // Null where there are none.
  const Group* ChooseGroup(const PickleValue& at, const std::vector<Group>& groups) const {
    std::vector<const Group*> models;
    std::uint64_t all = 0;
    for (const Group& group : groups) {
      if (IsOfOptimiser(group.key)) continue;
      models.push_back(&group);
      all += group.tensors;
    }
    if (models.empty()) return nullptr;
    const auto most =
        *std::ranges::max_element(models, {}, [](const Group* group) { return group->tensors; });
    if (2 * most->tensors > all) return most;
    const auto is_usual = [](const Group* group) { return IsUsualKey(group->key); };
    if (std::ranges::count_if(models, is_usual) == 1) {
      return *std::ranges::find_if(models, is_usual);
    }
    Fail(at, fmt::format("holds several dictionaries of tensors, of which none is clearly the "
                         "model: {}; save the one that is meant by itself",
                         ListOf(models).english));
  }

  // The dictionary of that name in one that holds nothing else: {"model": {"state_dict": {...}}}.
  PickleValue Innermost(PickleValue dictionary) {
    for (int depth = 0; depth < kMostDepth; ++depth) {
      const std::vector<Group> groups = GroupsOf(dictionary);
      if (groups.size() != 1 || !groups[0].is_dictionary || !IsUsualKey(groups[0].key)) break;
      dictionary = groups[0].value;
    }
    return dictionary;
  }

  static Said NameOf(const Group& group) {
    if (group.is_dictionary) {
      return SayOf(group.tensors, "tensor", "tensors", "\"{1}\" ({2} {0})", "\"{}\"(텐서 {}개)",
                   Printable(group.key, 64), group.tensors);
    }
    return SayOf(group.tensors, "tensor", "tensors", "{1} {0} outside any dictionary",
                 "다른 사전에 들어 있지 않은 텐서 {}개", group.tensors);
  }

  static Said ListOf(const std::vector<const Group*>& groups) {
    Said list;
    for (std::size_t i = 0; i < groups.size() && i < kMostNamed; ++i) {
      list = Say("{}{}{}", "{}{}{}", list, i == 0 ? "" : ", ", NameOf(*groups[i]));
    }
    if (groups.size() <= kMostNamed) return list;
    return Say("{} and {} more", "{} 외 {}개", list, groups.size() - kMostNamed);
  }

  void Warn(const std::vector<Group>& groups, const Group& chosen) {
    std::vector<const Group*> others;
    for (const Group& group : groups) {
      if (&group != &chosen) others.push_back(&group);
    }
    if (others.empty()) return;
    const Said taken = chosen.is_dictionary
                           ? Say("the {} tensors of \"{}\"", "\"{1}\"의 텐서 {0}개", chosen.tensors,
                                 Printable(chosen.key, 64))
                           : Say("the {} tensors outside any dictionary",
                                 "다른 사전에 들어 있지 않은 텐서 {}개", chosen.tensors);
    result_.warnings.push_back(Say("{} are taken for the weights of {}; left out: {}",
                                   "{}을(를) {}의 가중치로 봄. 제외한 것: {}", taken,
                                   Printable(label_.substr(label_.find_last_of('/') + 1)),
                                   ListOf(others)));
  }

  void Flatten(const PickleValue& dictionary, const std::string& prefix, bool own_alone,
               int depth) {
    const auto pairs = pickle_.Pairs(dictionary);
    if (!pairs || pairs->empty()) return;
    if (depth > kMostDepth) Fail(dictionary, "holds dictionaries nested too deeply");
    if (!flattened_.insert(dictionary.number).second) {
      Fail(dictionary, "holds a dictionary in two places");
    }
    for (std::size_t i = 0; i + 1 < pairs->size(); i += 2) {
      const PickleValue &key = (*pairs)[i], &value = (*pairs)[i + 1];
      if (key.kind != PickleKind::kText) continue;
      const bool is_tensor = is_tensor_(pickle_, value);
      if (!is_tensor && (own_alone || !IsDictionary(value))) continue;
      const std::string_view text = pickle_.Text(key);
      if (prefix.size() + text.size() > kMaxTensorNameBytes) {
        Fail(dictionary,
             fmt::format("a tensor's name is longer than {} bytes", kMaxTensorNameBytes));
      }
      std::string name = prefix + std::string(text);
      if (!is_tensor) {
        Flatten(value, name + ".", false, depth + 1);
        continue;
      }
      if (!IsUtf8Text(name)) {
        Fail(dictionary, fmt::format("the name \"{}\" is no UTF-8", Printable(name)));
      }
      result_.tensors.push_back({.name = std::move(name), .value = value});
    }
  }

  void RequireUnique(const PickleValue& at) const {
    std::unordered_set<std::string_view> names;
    for (const StateDict::Entry& entry : result_.tensors) {
      if (names.insert(entry.name).second) continue;
      Fail(at, fmt::format("the name \"{}\" occurs twice", Printable(entry.name)));
    }
  }

  const std::string& label_;
  const Pickle& pickle_;
  IsTensorValue is_tensor_;
  StateDict result_;
  std::unordered_set<std::int64_t> counted_, flattened_;
};

}  // namespace

StateDict ChooseStateDict(const std::string& label, const Pickle& pickle, IsTensorValue is_tensor) {
  return StateDictChooser(label, pickle, is_tensor).Choose();
}

}  // namespace modelkin
