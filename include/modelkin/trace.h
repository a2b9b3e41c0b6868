// Whether B is built on A, and how.
#ifndef MODELKIN_TRACE_H_
#define MODELKIN_TRACE_H_

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "modelkin/export.h"
#include "modelkin/options.h"
#include "modelkin/verdict.h"

namespace modelkin {

struct TraceOptions {
  // Norms, routers, keys and values, and a sample of MLPs: under 2 % of a large model's bytes.
  bool quick = false;
  // Published fingerprints and spectra as well, which take minutes for wide models.
  bool describe = true;
  std::uint64_t seed = 1;         // of random permutations
  std::uint64_t draws = 100'000;  // of permutation tests, at most; importance sampling goes on
};

struct TraceRequest {
  ModelPaths models;
  OpenOptions opening = {};
  TraceOptions options = {};
  std::string resume = {};  // a folder for what has been computed; "" for none
};

struct TraceResults;

// A statistical test of lineage: docs/lineage.md, "The tests".
struct TestSummary {
  std::string name;             // "residual_trace"
  std::string skipped;          // why it was not run, and the rest means nothing; "" where it was
  double log10_p = 0;           // at most 0
  double log10_p_adjusted = 0;  // corrected for the number of tests
  double effect = 0;
  bool strong = false;
};

// A way that B was made from A: docs/kinship.md, "Kinds".
struct KindSummary {
  std::string name;      // "fine_tuned"
  std::string evidence;  // a sentence
};

// What a trace found. Copies share it. Members may be called from any number of threads.
class MODELKIN_EXPORT TraceReport {
 public:
  explicit TraceReport(std::shared_ptr<const TraceResults> results);

  VerdictCategory Verdict() const;
  // Returns the verdict as a sentence for people.
  std::string Sentence() const;
  std::vector<TestSummary> Tests() const;
  // Returns how B was made; none where the verdict is no derivation.
  std::vector<KindSummary> Kinds() const;

  // Returns all of it as JSON: docs/trace.schema.json.
  std::string Json() const;
  // Returns a summary for people.
  std::string Text() const;

 private:
  std::shared_ptr<const TraceResults> results_;
};

}  // namespace modelkin

#endif  // MODELKIN_TRACE_H_
