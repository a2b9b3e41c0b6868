// Facts about a model, each with where it comes from.
#ifndef MODELKIN_EXPLANATION_FACT_SHEET_H_
#define MODELKIN_EXPLANATION_FACT_SHEET_H_

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "explanation/explanation.h"
#include "inference/runnable_model.h"

namespace modelkin {

class FactSheet {
 public:
  FactSheet(const RunnableModel& model, Explanation& to) : model_(model), to_(to) {}

  using Value = decltype(Fact::value);
  // A size of the family's table, under the key that gave it.
  void Size(std::string_view size, std::string label);
  // What the pass takes for a key of config.json.
  void Config(std::string name, std::string label, Value value, std::string_view key);
  // The same for a key of the rotary parameters, which lie in an object of their own or beside it.
  void Rotary(std::string name, std::string label, Value value, std::string_view key);
  static bool HasRotaryKey(const RunnableModel& model, std::string_view key);
  void Computed(std::string name, std::string label, Value value, std::string how);
  void Family(std::string name, std::string label, Value value);
  // Counted or read off tensors: of which.
  void Counted(std::string name, std::string label, Value value, std::string of);

  // A tensor of the layer, if it has it: by its Llama-like name below the layer's prefix.
  void Tensor(std::size_t layer, std::string part, std::string_view name);
  // The same of the model, by its whole name.
  void WholeModelTensor(std::string part, const std::string& name);
  // The values of a vector in the layers that have it.
  void Range(std::string label, std::string_view name);
  // Runs of layers of one kind; `kinds` has one for each layer.
  void Spans(std::span<const std::string> kinds);

  bool HasTensor(std::size_t layer, std::string_view name) const;

 private:
  void Add(std::string name, std::string label, Value value, FactOrigin origin, std::string from);

  const RunnableModel& model_;
  Explanation& to_;
};

}  // namespace modelkin

#endif  // MODELKIN_EXPLANATION_FACT_SHEET_H_
