#include "scan/pairing.h"

#include <fmt/format.h>
#include <fnmatch.h>

#include <algorithm>
#include <cstdlib>
#include <map>
#include <optional>
#include <tuple>
#include <unordered_map>

#include "architecture/component_names.h"
#include "base/error.h"
#include "base/escaped_text.h"
#include "base/natural_order.h"
#include "scan/rename.h"

namespace modelkin {
namespace {

bool MatchesAny(const std::vector<std::string>& globs, const std::string& name) {
  return std::ranges::any_of(globs, [&](const std::string& glob) {
    return fnmatch(glob.c_str(), name.c_str(), FNM_NOESCAPE) == 0;
  });
}

bool InLayers(const std::vector<LayerRange>& ranges, std::optional<std::uint32_t> layer) {
  return layer && std::ranges::any_of(ranges, [&](const LayerRange& range) {
           return range.first <= *layer && *layer <= range.second;
         });
}

bool Passes(const Tensor& tensor, const PairingOptions& options) {
  if (!options.layers.empty() && !InLayers(options.layers, InferRole(tensor.name).layer))
    return false;
  if (!options.include.empty() && !MatchesAny(options.include, tensor.name)) return false;
  return !MatchesAny(options.exclude, tensor.name);
}

const std::string& NameOf(const TensorPair& pair) { return pair.either().name; }

// An encoder by itself may not be named as one.
Component ComponentOfPair(const Tensor* a, const Tensor* b) {
  for (const Tensor* const tensor : {a, b}) {
    const Component component =
        tensor == nullptr ? Component::kText : ComponentOfName(tensor->stored_name());
    if (component != Component::kText) return component;
  }
  return Component::kText;
}

// Keeps the pair if one of its tensors passes the filter.
void AddIfWanted(const Tensor* a, const Tensor* b, const PairingOptions& options,
                 Pairing& pairing) {
  const bool wanted =
      (a != nullptr && Passes(*a, options)) || (b != nullptr && Passes(*b, options));
  if (!wanted) {
    pairing.left_out += a != nullptr && b != nullptr ? 2 : 1;
    return;
  }
  pairing.pairs.push_back({.a = a, .b = b, .component = ComponentOfPair(a, b)});
}

// Finds partners in B.
class PartnerFinder {
 public:
  explicit PartnerFinder(const Checkpoint& b) : b_(b) {
    for (const Tensor& tensor : b.tensors()) {
      const bool codes = tensor.stored.form == StoredForm::kCodes;
      if (codes && !tensor.stored.weight_name.empty()) {
        codes_.emplace(tensor.stored.weight_name, &tensor);
      }
    }
  }

  // `renamed`: the tensor's name on B's side.
  const Tensor* Find(const Tensor& a, const std::string& renamed, const Renamer& rename) const {
    if (const Tensor* const same = b_.Find(renamed)) return same;
    if (const auto codes = codes_.find(renamed); codes != codes_.end()) return codes->second;
    if (a.stored.form != StoredForm::kCodes || a.stored.weight_name.empty()) return nullptr;
    const std::string weight = rename(a.stored.weight_name);
    if (const Tensor* const as_it_is = b_.Find(weight)) return as_it_is;
    const auto codes = codes_.find(weight);
    return codes == codes_.end() ? nullptr : codes->second;
  }

 private:
  const Checkpoint& b_;
  std::unordered_map<std::string_view, const Tensor*> codes_;  // by the weight's name
};

void RequireDistinct(const Checkpoint& a, const Renamer& rename) {
  std::unordered_map<std::string, const Tensor*> taken;  // name in B -> tensor of A
  for (const Tensor& tensor : a.tensors()) {
    const auto [other, fresh] = taken.emplace(rename(tensor.name), &tensor);
    if (fresh) continue;
    throw Error(ErrorKind::kUsage,
                fmt::format("the key map gives \"{}\" and \"{}\" the same name, \"{}\"",
                            Printable(other->second->name), Printable(tensor.name),
                            Printable(other->first)));
  }
}

}  // namespace

const Tensor& TensorPair::either() const {
  const Tensor* const tensor = a != nullptr ? a : b;
  if (tensor == nullptr) std::abort();  // our own bug: a pair of nothing
  return *tensor;
}

TensorRole TensorPair::role() const { return InferRole(either().name); }

Pairing PairByName(const Checkpoint& a, const Checkpoint& b, const PairingOptions& options) {
  Pairing pairing;
  const PartnerFinder partners(b);
  const Renamer rename(options.renames);
  if (!options.renames.empty()) RequireDistinct(a, rename);
  std::vector<bool> paired(b.tensors().size());
  for (const Tensor& tensor : a.tensors()) {
    const Tensor* partner = partners.Find(tensor, rename(tensor.name), rename);
    if (partner != nullptr) {
      const auto index = static_cast<std::size_t>(partner - b.tensors().data());
      if (paired[index]) partner = nullptr;
      paired[index] = true;
    }
    AddIfWanted(&tensor, partner, options, pairing);
  }
  for (std::size_t i = 0; i < paired.size(); ++i) {
    if (!paired[i]) AddIfWanted(nullptr, &b.tensors()[i], options, pairing);
  }
  std::ranges::stable_sort(pairing.pairs, NaturalLess, NameOf);
  return pairing;
}

Pairing PairWithin(const Checkpoint& model, const PairingOptions& options) {
  struct Member {
    std::uint32_t layer;
    const Tensor* tensor;
  };
  Pairing pairing;
  std::map<std::tuple<Component, std::string, std::optional<std::uint32_t>>, std::vector<Member>>
      groups;
  for (const Tensor& tensor : model.tensors()) {
    TensorRole role = InferRole(tensor.name);
    if (!role.layer || !Passes(tensor, options)) {
      ++pairing.left_out;
      continue;
    }
    const Component component = ComponentOfPair(&tensor, nullptr);
    groups[{component, role.role, role.expert}].push_back({*role.layer, &tensor});
  }
  for (auto& [key, members] : groups) {
    std::ranges::stable_sort(members, {}, &Member::layer);
    for (std::size_t i = 0; i < members.size(); ++i) {
      for (std::size_t j = i + 1; j < members.size(); ++j) {
        if (members[j].layer == members[i].layer) continue;  // of two stacks of layers
        pairing.pairs.push_back({.a = members[i].tensor,
                                 .b = members[j].tensor,
                                 .component = std::get<Component>(key),
                                 .layer_b = members[j].layer});
      }
    }
  }
  return pairing;
}

std::vector<LayerRange> ParseLayers(const std::string& text) {
  const auto fail = [&] {
    throw Error(ErrorKind::kUsage,
                fmt::format("--layers wants numbers and ranges like 10,20,30-40, not \"{}\"",
                            Printable(text)));
  };
  const auto number = [&](std::string_view digits) {
    std::uint64_t value = 0;
    if (digits.empty() || digits.size() > 9) fail();
    for (const char digit : digits) {
      if (digit < '0' || digit > '9') fail();
      value = value * 10 + static_cast<std::uint64_t>(digit - '0');
    }
    return static_cast<std::uint32_t>(value);
  };
  std::vector<LayerRange> ranges;
  for (std::size_t begin = 0; begin <= text.size();) {
    const std::size_t end = std::min(text.find(',', begin), text.size());
    const std::string_view item = std::string_view(text).substr(begin, end - begin);
    const std::size_t dash = item.find('-');
    const std::uint32_t first = number(item.substr(0, dash));
    const std::uint32_t last =
        dash == std::string_view::npos ? first : number(item.substr(dash + 1));
    if (last < first) fail();
    ranges.emplace_back(first, last);
    begin = end + 1;
  }
  return ranges;
}

}  // namespace modelkin
