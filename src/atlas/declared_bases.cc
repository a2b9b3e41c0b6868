#include "atlas/declared_bases.h"

#include <algorithm>
#include <string>
#include <string_view>
#include <tuple>
#include <unordered_map>

namespace modelkin {
namespace {

constexpr std::size_t kMostNamesakes = 4;  // of records of one name

std::string Lowered(std::string_view text) {
  std::string lowered(text);
  for (char& c : lowered) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return lowered;
}

std::string_view LastPart(std::string_view path) {
  while (path.ends_with('/')) path.remove_suffix(1);
  const std::size_t slash = path.rfind('/');
  return slash == std::string_view::npos ? path : path.substr(slash + 1);
}

bool IsAtHub(const TreeModel& model) { return model.location.starts_with("hf://"); }

using RecordsByName = std::unordered_map<std::string, std::vector<std::size_t>>;

void Note(RecordsByName& records, const std::string& name, std::size_t record) {
  std::vector<std::size_t>& known = records[name];
  if (known.size() < kMostNamesakes) known.push_back(record);
}

const std::vector<std::size_t>& Of(const RecordsByName& records, const std::string& name) {
  static const std::vector<std::size_t> kNone;
  const auto found = records.find(name);
  return found == records.end() ? kNone : found->second;
}

}  // namespace

DeclaredBases MatchDeclaredBases(const std::vector<TreeModel>& models) {
  RecordsByName by_name, by_last_part;
  for (std::size_t i = 0; i < models.size(); ++i) {
    Note(by_name, Lowered(models[i].name), i);
    const std::string last = Lowered(LastPart(models[i].name));
    if (!IsAtHub(models[i]) && !last.empty()) Note(by_last_part, last, i);
  }
  DeclaredBases bases;
  for (std::size_t i = 0; i < models.size(); ++i) {
    for (const std::string& declared : models[i].base_models) {
      const std::string name = Lowered(declared);
      bool by_last = false;
      const std::vector<std::size_t>* records = &Of(by_name, name);
      if (records->empty()) {
        records = &Of(by_last_part, std::string(LastPart(name)));
        by_last = true;
      }
      bases.unmatched += records->empty();
      for (const std::size_t base : *records) {
        if (base != i) bases.found.push_back({.model = i, .base = base, .by_last_part = by_last});
      }
    }
  }
  const auto key = [](const DeclaredBase& base) {
    return std::tuple(base.model, base.base, base.by_last_part);
  };
  std::ranges::sort(bases.found, {}, key);
  // Of the same base twice, the one by its whole name.
  const auto same = std::ranges::unique(bases.found, [](const auto& left, const auto& right) {
    return left.model == right.model && left.base == right.base;
  });
  bases.found.erase(same.begin(), same.end());
  return bases;
}

}  // namespace modelkin
