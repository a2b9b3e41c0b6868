// Two models compared tensor by tensor, and what they do with the same texts.
#ifndef MODELKIN_COMPARE_H_
#define MODELKIN_COMPARE_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "modelkin/export.h"
#include "modelkin/options.h"

namespace modelkin {

struct CompareOptions {
  PairingOptions pairing;  // renames are of A's tensors to B's alone
  bool within = false;     // layers of each model against each other as well, as a baseline
  bool by_name = false;    // pairs by name alone, else by role where names leave tensors alone
  bool quantiles = true;   // the 99th percentiles, which take long
  DigestPolicy digest = DigestPolicy::kAuto;
  std::optional<Texts> functional;  // texts to run all models on as well; no ids
};

struct CompareRequest {
  ModelPaths models;  // B may be absent with `within`
  OpenOptions opening = {};
  CompareOptions options = {};
};

struct CompareResults;

// A tensor of A with its partner in B, or one without a partner.
struct ComparedPair {
  std::string a, b;                    // names as stored; "" for the side that has none
  std::string role;                    // "self_attn.q_proj.weight"
  std::optional<std::uint32_t> layer;  // of A's, else of B's
  std::uint64_t elements = 0;          // compared; 0 where they could not be
  // In the order of ComparisonReport::MetricNames; nothing where a metric is undefined.
  std::vector<std::optional<double>> metrics;
};

// What a comparison found. Copies share it. Members may be called from any number of threads.
class MODELKIN_EXPORT ComparisonReport {
 public:
  explicit ComparisonReport(std::shared_ptr<const CompareResults> results);

  // Returns the names of all metrics of a pair: "cosine_similarity", "pearson_correlation", ...
  static std::vector<std::string> MetricNames();
  // Returns the number of pairs of A and B, tensors without a partner among them.
  std::size_t size() const;
  // Returns a pair, in natural order of names. Throws std::out_of_range.
  ComparedPair Pair(std::size_t index) const;

  // Returns all of it as JSON: docs/results.schema.json.
  std::string Json() const;
  // Returns a summary in tables, for people.
  std::string Text() const;

 private:
  std::shared_ptr<const CompareResults> results_;
};

}  // namespace modelkin

#endif  // MODELKIN_COMPARE_H_
