// What a model is: family, parameters, contradictions.
#ifndef MODELKIN_INSPECT_H_
#define MODELKIN_INSPECT_H_

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "modelkin/export.h"

namespace modelkin {

struct Inspection;

// Something odd, or a contradiction between config.json and tensors.
struct InspectionFinding {
  std::string kind;     // "contradiction", "unexplained_tensor", ...
  std::string message;  // a sentence
};

// What an inspection found. Copies share it. Members may be called from any number of threads.
class MODELKIN_EXPORT InspectionReport {
 public:
  explicit InspectionReport(std::shared_ptr<const Inspection> inspection);

  // Returns the name of the family, "llama"; "" where it is not known.
  std::string Family() const;
  // Returns the number of parameters as stored, or as config.json alone has them; nothing where
  // neither says.
  std::optional<std::uint64_t> Parameters() const;
  // Returns those that take part in one token's pass; nothing where that is not known.
  std::optional<std::uint64_t> ActiveParameters() const;
  std::vector<InspectionFinding> Findings() const;

  // Returns all of it as JSON: docs/inspect.schema.json.
  std::string Json() const;
  // Returns a summary for people.
  std::string Text() const;

 private:
  std::shared_ptr<const Inspection> inspection_;
};

}  // namespace modelkin

#endif  // MODELKIN_INSPECT_H_
