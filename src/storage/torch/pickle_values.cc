// What the values of a pickle stand for.
#include "storage/torch/pickle.h"

namespace modelkin {

std::string_view Pickle::Text(const PickleValue& text) const {
  const auto from = bytes_.subspan(static_cast<std::size_t>(text.number), text.length);
  return {reinterpret_cast<const char*>(from.data()), from.size()};
}

std::optional<TorchGlobal> Pickle::Called(const PickleValue& value) const {
  if (value.kind != PickleKind::kCall) return std::nullopt;
  const PickleValue& called = Container(value).items.front();
  if (called.kind != PickleKind::kGlobal) return std::nullopt;
  return Global(called).meaning;
}

std::optional<std::vector<PickleValue>> Pickle::Pairs(const PickleValue& value) const {
  if (value.kind == PickleKind::kDict) return Container(value).items;
  if (Called(value) != TorchGlobal::kDictionary) return std::nullopt;
  const std::vector<PickleValue>& items = Container(value).items;
  std::vector<PickleValue> pairs;
  // Python 2 gives the pairs as an argument: [[key, value], ...].
  for (const PickleValue& argument : Container(items[1]).items) {
    if (argument.kind == PickleKind::kGlobal || argument.kind == PickleKind::kNone) continue;
    if (argument.kind == PickleKind::kDict) {
      const std::vector<PickleValue>& given = Container(argument).items;
      pairs.insert(pairs.end(), given.begin(), given.end());
      continue;
    }
    if (argument.kind != PickleKind::kList) return std::nullopt;
    for (const PickleValue& pair : Container(argument).items) {
      const bool is_pair = (pair.kind == PickleKind::kList || pair.kind == PickleKind::kTuple) &&
                           Container(pair).items.size() == 2;
      if (!is_pair) return std::nullopt;
      pairs.insert(pairs.end(), Container(pair).items.begin(), Container(pair).items.end());
    }
  }
  pairs.insert(pairs.end(), items.begin() + 2, items.end());
  return pairs;
}

}  // namespace modelkin
