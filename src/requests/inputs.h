// The models that a request is about.
#ifndef MODELKIN_REQUESTS_INPUTS_H_
#define MODELKIN_REQUESTS_INPUTS_H_

#include <memory>
#include <string>
#include <vector>

#include "checkpoint/input_id.h"
#include "model/input_record.h"
#include "model/opened_model.h"
#include "requests/session.h"

namespace modelkin {

// Where they are.
struct ModelPaths {
  std::string a;
  std::string b;                      // "" where a request is about one model
  std::vector<std::string> controls;  // strangers to A and B
  std::vector<std::string> parents;   // that B may be a merge of

  std::vector<std::string> All() const;
};

struct Input {
  InputId id;
  std::shared_ptr<const OpenedModel> model;

  const Checkpoint& checkpoint() const { return model->checkpoint(); }
};

// The same models, open. Copies share them.
class Inputs {
 public:
  // Throws what OpenCheckpoint throws.
  static Inputs Open(const ModelPaths& paths, const OpenOptions& options, const Session& session);
  // A series of checkpoints, in order.
  static Inputs OpenSeries(const std::vector<std::string>& paths, const OpenOptions& options,
                           const Session& session);

  // A, B, controls, parents; or the series.
  const std::vector<Input>& all() const { return all_; }
  const Input& a() const { return all_.front(); }
  const Input& b() const { return all_.at(1); }
  bool has_b() const { return Count(InputRole::kB) > 0; }
  // In order of their numbers.
  std::vector<const Input*> Of(InputRole role) const;
  std::size_t Count(InputRole role) const { return Of(role).size(); }
  // Without parents.
  Inputs WithoutParents() const;

  // With what is wrong with config.json among the warnings.
  std::vector<InputRecord> Describe(DigestPolicy policy, const Session& session) const;
  // Throws Error(kBadInput) if a file has changed since it was opened: what was read is void.
  void RequireUnchanged() const;

 private:
  void Add(InputRole role, const std::vector<std::string>& paths, const OpenOptions& options,
           const Session& session);

  std::vector<Input> all_;
};

}  // namespace modelkin

#endif  // MODELKIN_REQUESTS_INPUTS_H_
