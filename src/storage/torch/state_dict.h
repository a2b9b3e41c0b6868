// Which of the dictionaries of a torch file are a model's weights, and under which names.
#ifndef MODELKIN_STORAGE_TORCH_STATE_DICT_H_
#define MODELKIN_STORAGE_TORCH_STATE_DICT_H_

#include <string>
#include <vector>

#include "base/said.h"
#include "storage/torch/pickle.h"

namespace modelkin {

struct StateDict {
  struct Entry {
    std::string name;
    PickleValue value;
  };
  std::vector<Entry> tensors;  // in the file's order
  std::vector<Said> warnings;  // what else there was, and is left out
};

// Returns whether a value of a dictionary is a tensor.
using IsTensorValue = bool (*)(const Pickle&, const PickleValue&);

// Returns the weights: the file's own dictionary, or the one in it ("state_dict", "model") that
// holds most of the tensors that have names and are no optimiser's. Names of dictionaries within it
// are joined by dots. Throws Error(kBadInput) where there are no tensors by name, or several
// dictionaries of which none holds most; names that occur twice, are no UTF-8 or too long.
StateDict ChooseStateDict(const std::string& label, const Pickle& pickle, IsTensorValue is_tensor);

}  // namespace modelkin

#endif  // MODELKIN_STORAGE_TORCH_STATE_DICT_H_
