// Which models of an atlas a model is a relative of.
#ifndef MODELKIN_REQUESTS_FIND_H_
#define MODELKIN_REQUESTS_FIND_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "atlas/nominate.h"
#include "evidence/verdict.h"
#include "modelkin/options.h"
#include "modelkin/trace.h"
#include "requests/request_context.h"
#include "sketch/make_sketch.h"

namespace modelkin {

struct FindRequest {
  std::string atlas;  // its file
  std::string model;
  OpenOptions opening = {};
  double error_rate = 0.01;           // of any stranger among the relatives; in (0, 0.5]
  std::uint64_t most_traced = 8;      // of those that bits nominate, the best; 0: none is traced
  std::uint64_t most_by_profile = 4;  // nominated by the invariant part, each of them traced
  TraceOptions trace = {};
};

// What `trace` says of a record, as A, and the model, as B.
struct FoundVerdict {
  VerdictCategory category = VerdictCategory::kNotComparable;
  std::optional<SharedMaterial> shared;
  std::optional<double> share;           // of B's parameters that go back to A
  std::optional<double> log_p_adjusted;  // of the strongest test; nullopt where none was strong
  bool without_outputs = false;          // attention outputs, which had nominated it, were left out
};

struct FoundModel {
  AtlasEntry entry;
  std::vector<std::string> base_models;  // that its card declares
  Nomination nomination;
  // Of the two tokenizers, the share of their tokens that both have; nullopt where one is not
  // known.
  std::optional<double> vocabulary_overlap;
  // Of kLayerBits, those of the embedding's rows of bytes that no text has
  // (Sketch::untrained_rows).
  std::optional<std::uint64_t> untrained_agreements;
  std::optional<FoundVerdict> verdict;  // nullopt: not traced
  std::string untraced;                 // why not
  // In the answer: the chance that any such model of the atlas is a stranger is the error rate.
  bool relative = false;
};

struct FindResults {
  FindRequest request;
  MadeSketch made;
  Nominations nominations;
  std::vector<FoundModel> models;  // relatives first, then as they were nominated
  RunRecord run;
};

// Sketches the model, scans the atlas and traces what is nominated. Throws as Atlas::Open does, and
// what sketching throws; a record whose model can't be opened is not traced.
FindResults FindRelatives(const FindRequest& request, const RequestContext& context);

// The same of a model of which the sketch alone is at hand: nothing is traced, so that nothing is
// known to be a relative.
FindResults NominateSketch(const FindRequest& request, Sketch sketch,
                           const RequestContext& context);

}  // namespace modelkin

#endif  // MODELKIN_REQUESTS_FIND_H_
