// The models that a request is about.
#ifndef MODELKIN_REQUESTS_INPUTS_H_
#define MODELKIN_REQUESTS_INPUTS_H_

#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "checkpoint/input_id.h"
#include "model/input_record.h"
#include "model/opened_model.h"
#include "modelkin/options.h"
#include "requests/request_context.h"

namespace modelkin {

struct Input {
  InputId id;
  std::shared_ptr<const OpenedModel> model;

  const Checkpoint& checkpoint() const { return model->checkpoint(); }
};

// The same models, open. Copies share them.
class Inputs {
 public:
  // A, B, controls and parents. Throws what OpenCheckpoint throws.
  static Inputs Open(const ModelPaths& paths, const OpenOptions& options,
                     const RequestContext& context);
  // The same; without B where none is named, for what looks at one model alone too.
  static Inputs OpenOneOrMore(const ModelPaths& paths, const OpenOptions& options,
                              const RequestContext& context);
  // A series of checkpoints, in order.
  static Inputs OpenSeries(const std::vector<std::string>& paths, const OpenOptions& options,
                           const RequestContext& context);

  // A and B.
  static Inputs OfOpened(
      std::pair<std::shared_ptr<const OpenedModel>, std::shared_ptr<const OpenedModel>> models);

  // B and controls, for WithA.
  static Inputs OpenBesideMany(const std::string& b, const std::vector<std::string>& controls,
                               const OpenOptions& options, const RequestContext& context);
  // One of many that B is held against, by itself.
  static Inputs OfReference(std::shared_ptr<const OpenedModel> model, std::uint32_t number);
  // The same models with `a` before them.
  Inputs WithA(std::shared_ptr<const OpenedModel> a) const;

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

  // "glm-a, glm-b", without what is beside them: for progress.
  std::string ShortNames() const;

  // With what is wrong with config.json among the warnings.
  std::vector<InputRecord> Describe(DigestPolicy policy, const RequestContext& context) const;
  // Returns what the models' bytes follow from, as far as can be told without reading them: a line
  // for each file and config.json. `records`: of Describe.
  std::string Versions(const std::vector<InputRecord>& records) const;
  // Throws Error(kBadInput) if a file has changed since it was opened: what was read is void.
  void RequireUnchanged() const;

 private:
  void Add(InputRole role, const std::vector<std::string>& paths, const OpenOptions& options,
           const RequestContext& context);

  std::vector<Input> all_;
};

}  // namespace modelkin

#endif  // MODELKIN_REQUESTS_INPUTS_H_
