// Two checkpoints compared to the bit.
#ifndef MODELKIN_DIFF_H_
#define MODELKIN_DIFF_H_

#include <memory>
#include <string>
#include <vector>

#include "modelkin/export.h"
#include "modelkin/options.h"

namespace modelkin {

struct DiffOptions {
  PairingOptions pairing;
  DigestPolicy digest = DigestPolicy::kAlways;
  // Decodes quantised weights and compares their values; else the tensors as the files hold them.
  bool by_value = false;
};

struct DiffRequest {
  ModelPaths models;  // A and B
  OpenOptions opening = {};
  DiffOptions options = {};
};

struct DiffResults;

// What a comparison to the bit found. Copies share it. Members may be called from any number of
// threads.
class MODELKIN_EXPORT DiffReport {
 public:
  explicit DiffReport(std::shared_ptr<const DiffResults> results);

  // Returns whether every tensor of both has the same name, type, shape and bytes.
  bool all_identical() const;
  // Returns the names of those that have not, A's name where there is one.
  std::vector<std::string> Differing() const;

  // Returns all of it as JSON: docs/diff.schema.json.
  std::string Json() const;
  // Returns a summary for people.
  std::string Text() const;

 private:
  std::shared_ptr<const DiffResults> results_;
};

}  // namespace modelkin

#endif  // MODELKIN_DIFF_H_
