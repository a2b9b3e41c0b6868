// Facts about a model, each with where it comes from.
#ifndef MODELKIN_EXPLANATION_FACT_SHEET_H_
#define MODELKIN_EXPLANATION_FACT_SHEET_H_

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "architecture/role_names.h"
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

  // Adds a tensor of the layer, of one of its MLPs or of the model, if there is such.
  void Tensor(std::size_t layer, std::string part, Role role, bool is_bias = false);
  void MlpTensor(std::size_t layer, std::string part, MlpId mlp, Role role, bool is_bias = false);
  void ModelTensor(std::string part, Role role);
  // Adds the values of a vector in the layers that have it.
  void Range(std::string label, Role role, bool is_bias = false);
  // Runs of layers of one kind; `kinds` has one for each layer.
  void Spans(std::span<const std::string> kinds);

  bool HasTensor(std::size_t layer, Role role, bool is_bias = false) const;
  bool HasMlpTensor(std::size_t layer, MlpId mlp, Role role, bool is_bias = false) const;

 private:
  void AddTensor(std::string part, const std::string& name);
  void Add(std::string name, std::string label, Value value, FactOrigin origin, std::string from);

  const RunnableModel& model_;
  Explanation& to_;
};

}  // namespace modelkin

#endif  // MODELKIN_EXPLANATION_FACT_SHEET_H_
