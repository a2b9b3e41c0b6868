// Whether B is built on A, and how.
#ifndef MODELKIN_TRACE_H_
#define MODELKIN_TRACE_H_

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "modelkin/component.h"
#include "modelkin/export.h"
#include "modelkin/options.h"
#include "modelkin/verdict.h"

namespace modelkin {

// How much of two models is looked at.
enum class Effort : std::uint8_t {
  // What certainty needs: all of small models, of large ones draws, more of them as long as the
  // answer is not settled.
  kAuto,
  kFull,  // all of both
  // One small draw, of norms, routers, keys, values and a few MLPs: no copies, no kinds.
  kQuick,
};

// In the order of its values.
inline constexpr std::array<std::string_view, 3> kEffortNames = {"auto", "full", "quick"};

// Which tensors of B are traced to A's one by one, where there is evidence of a shared origin.
enum class HeritageExtent : std::uint8_t {
  kAuto,   // drawn ones where the look draws, else all
  kAll,    // each, whatever that costs
  kDrawn,  // some of each role, spread over layers and experts; of large ones some rows
};

// In the order of its values.
inline constexpr std::array<std::string_view, 3> kHeritageExtentNames = {"auto", "all", "drawn"};

// Whether published fingerprints and spectra are computed, which are no evidence and take long.
enum class FingerprintExtent : std::uint8_t {
  kNone,
  kWholeModels,  // where models are looked at as a whole, not where they are drawn from
  kAll,          // whatever that costs: minutes for wide models, hours for large ones
};

// In the order of its values.
inline constexpr std::array<std::string_view, 3> kFingerprintExtentNames = {"none", "whole_models",
                                                                            "all"};

struct TraceOptions {
  Effort effort = Effort::kAuto;
  // Draw at most so many weight rows, and hidden units of an MLP, whatever the effort; 0: as the
  // effort has it.
  std::uint64_t most_rows = 0, most_units = 0;
  FingerprintExtent fingerprints = FingerprintExtent::kNone;
  HeritageExtent heritage = HeritageExtent::kAuto;
  std::uint64_t seed = 1;         // of random permutations
  std::uint64_t draws = 100'000;  // of permutation tests, at most; importance sampling goes on
  // Pairs that one answer is made of, as of a model beside each of many: each has an equal part of
  // the level, so that p-values are multiplied by it. At least 1.
  std::uint64_t comparisons = 1;

  bool quick() const { return effort == Effort::kQuick; }
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

// One of the models that both inputs hold, or that one of them does.
struct ComponentVerdict {
  Component component = Component::kText;
  VerdictCategory verdict = VerdictCategory::kNotComparable;
  std::string sentence;
};

// What a trace found. Copies share it. Members may be called from any number of threads.
class MODELKIN_EXPORT TraceReport {
 public:
  explicit TraceReport(std::shared_ptr<const TraceResults> results);

  VerdictCategory Verdict() const;
  // Returns the verdict on all components as a sentence for people.
  std::string Sentence() const;
  // Returns what each component comes to, the text model first.
  std::vector<ComponentVerdict> Components() const;
  // Returns the tests of the first component that goes back to A's, else of the first.
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
