#include "architecture/prefix_alignment.h"

#include <algorithm>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <vector>

#include "architecture/name_pattern.h"
#include "architecture/name_wrappers.h"

namespace modelkin {
namespace {

constexpr std::size_t kMostComponentsLeftOut = 4;
// An ending that more tensors of a model share tells nothing.
constexpr std::size_t kMostOfAnEnding = 16;

constexpr std::string_view kDecoder = "model.";

std::vector<const Tensor*> OnlyIn(const Checkpoint& of, const Checkpoint& other) {
  std::vector<const Tensor*> tensors;
  for (const Tensor& tensor : of.tensors()) {
    if (other.Find(tensor.name) == nullptr) tensors.push_back(&tensor);
  }
  return tensors;
}

// Calls use(beginning, ending) for the ways to split a name; what is left has two components.
template <class Use>
void ForSplits(std::string_view name, const Use& use) {
  const bool in_layer = PatternOf(name).layer.has_value();
  std::size_t at = 0;
  for (std::size_t dropped = 0; dropped <= kMostComponentsLeftOut; ++dropped) {
    const std::string_view ending = name.substr(at);
    const std::size_t dot = ending.find('.');
    if (dot == std::string_view::npos) return;
    if (in_layer && !PatternOf(ending).layer) return;
    use(name.substr(0, at), ending);
    at += dot + 1;
  }
}

// What names of A and of B begin with.
using Prefixes = std::pair<std::string_view, std::string_view>;

struct Candidate {
  const Tensor* a = nullptr;
  const Tensor* b = nullptr;
  Prefixes prefixes;
};

std::vector<Candidate> CandidatesOf(const std::vector<const Tensor*>& only_in_a,
                                    const std::vector<const Tensor*>& only_in_b) {
  using Split = std::pair<const Tensor*, std::string_view>;
  std::unordered_map<std::string_view, std::vector<Split>> by_ending;
  for (const Tensor* const tensor : only_in_a) {
    ForSplits(tensor->name, [&](std::string_view beginning, std::string_view ending) {
      by_ending[ending].emplace_back(tensor, beginning);
    });
  }
  std::vector<Candidate> candidates;
  for (const Tensor* const tensor : only_in_b) {
    ForSplits(tensor->name, [&](std::string_view beginning, std::string_view ending) {
      const auto found = by_ending.find(ending);
      if (found == by_ending.end() || found->second.size() > kMostOfAnEnding) return;
      for (const auto& [other, of_other] : found->second) {
        candidates.push_back({.a = other, .b = tensor, .prefixes = {of_other, beginning}});
      }
    });
  }
  return candidates;
}

// The best first: those that pair more tensors of one shape, then the shorter ones.
void SortByVotes(std::vector<Candidate>& candidates) {
  std::map<Prefixes, std::size_t> votes;
  for (const Candidate& candidate : candidates) {
    if (candidate.a->shape == candidate.b->shape) ++votes[candidate.prefixes];
  }
  std::erase_if(candidates,
                [&](const Candidate& candidate) { return !votes.contains(candidate.prefixes); });
  const auto rank = [&](const Candidate& candidate) {
    const auto& [of_a, of_b] = candidate.prefixes;
    return std::tuple(-static_cast<std::ptrdiff_t>(votes.at(candidate.prefixes)),
                      of_a.size() + of_b.size(), of_a, of_b);
  };
  std::ranges::stable_sort(candidates, {}, rank);
}

// The lower, the more a name is that of a Llama-like decoder, or else the shorter.
std::pair<bool, std::size_t> RankOf(const std::string& name) {
  const bool in_decoder =
      name.starts_with(kDecoder) && InsideDecoder(name) == name.substr(kDecoder.size());
  return {!in_decoder, name.size()};
}

using NewNames = std::unordered_map<const Tensor*, std::string>;

Checkpoint WithNames(Checkpoint checkpoint, const NewNames& names) {
  if (names.empty()) return checkpoint;
  std::vector<Tensor> tensors;
  tensors.reserve(checkpoint.tensors().size());
  for (const Tensor& tensor : checkpoint.tensors()) {
    const auto found = names.find(&tensor);
    tensors.push_back(found == names.end() ? tensor : Renamed(tensor, found->second));
  }
  return {checkpoint.path(), checkpoint.files(), std::move(tensors), checkpoint.warnings()};
}

}  // namespace

AlignedNames AlignPrefixes(Checkpoint a, Checkpoint b) {
  std::vector<Candidate> candidates = CandidatesOf(OnlyIn(a, b), OnlyIn(b, a));
  SortByVotes(candidates);
  NewNames new_in_a, new_in_b;
  std::unordered_set<const Tensor*> paired;
  for (const auto& [tensor_a, tensor_b, prefixes] : candidates) {
    if (paired.contains(tensor_a) || paired.contains(tensor_b)) continue;
    paired.insert({tensor_a, tensor_b});
    const bool of_b = RankOf(tensor_b->name) < RankOf(tensor_a->name);
    (of_b ? new_in_a : new_in_b)
        .emplace(of_b ? tensor_a : tensor_b, of_b ? tensor_b->name : tensor_a->name);
  }
  return {.a = WithNames(std::move(a), new_in_a), .b = WithNames(std::move(b), new_in_b)};
}

}  // namespace modelkin
