#include "modelkin/diff.h"

#include <utility>

#include "library/written.h"
#include "report/diff_report.h"

namespace modelkin {

DiffReport::DiffReport(std::shared_ptr<const DiffResults> results) : results_(std::move(results)) {}

bool DiffReport::all_identical() const { return results_->diff.all_identical(); }

std::vector<std::string> DiffReport::Differing() const {
  std::vector<std::string> names;
  for (const TensorDiff& tensor : results_->diff.tensors) {
    if (!tensor.identical) names.push_back(tensor.pair.either().name);
  }
  return names;
}

std::string DiffReport::Json() const {
  return Written([&](const TextSink& sink) { WriteDiffJson(*results_, sink); });
}

std::string DiffReport::Text() const {
  return Written([&](const TextSink& sink) { WriteDiffText(*results_, {}, sink); });
}

}  // namespace modelkin
