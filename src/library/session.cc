#include "modelkin/session.h"

#include <cstdlib>
#include <utility>

#include "library/hub_place.h"
#include "requests/compare.h"
#include "requests/diff.h"
#include "requests/inspect.h"
#include "requests/run.h"
#include "requests/trace.h"

namespace modelkin {
namespace {

template <class Results>
std::shared_ptr<const Results> Shared(Results results) {
  return std::make_shared<const Results>(std::move(results));
}

Inputs InputsOf(const Model& a, const Model& b) {
  return Inputs::OfOpened({a.opened(), b.opened()});
}

// What opens both again.
OpenOptions OpeningOf(const Model& a, const Model& b) {
  const OpenOptions &of_a = a.opened()->opening(), &of_b = b.opened()->opening();
  return {.partial = of_a.partial || of_b.partial,
          .base = of_a.base.empty() ? of_b.base : of_a.base,
          .components = of_a.components};
}

}  // namespace

Session::Session() : context_(std::make_shared<RequestContext>()) {
  setenv("OPENBLAS_NUM_THREADS", "1", 0);
  context_->places = PlacesWithHub();
}

void Session::SetThreads(unsigned threads) {
  context_->threads = threads == 0 ? AvailableThreads() : threads;
}

void Session::SetProgress(std::shared_ptr<Progress> progress) {
  context_->progress = progress == nullptr ? std::make_shared<Progress>() : std::move(progress);
}

void Session::Stop() { context_->stop->store(true); }

void Session::Resume() { context_->stop->store(false); }

Model Session::Open(const std::string& location, const OpenOptions& options) const {
  const HeedStop heed(*context_->stop);
  return Model(OpenModel(location, options, context_->places));
}

InspectionReport Session::Inspect(const std::string& location, const OpenOptions& options) const {
  return InspectionReport(Shared(InspectModel(location, options, *context_)));
}

InspectionReport Session::Inspect(const Model& model) const {
  const HeedStop heed(*context_->stop);
  return InspectionReport(Shared(InspectOpened(*model.opened())));
}

ComparisonReport Session::Compare(const CompareRequest& request) const {
  return ComparisonReport(Shared(CompareModels(request, *context_)));
}

ComparisonReport Session::Compare(const Model& a, const Model& b,
                                  const CompareOptions& options) const {
  return ComparisonReport(
      Shared(CompareInputs(InputsOf(a, b), OpeningOf(a, b), options, *context_)));
}

TraceReport Session::Trace(const TraceRequest& request) const {
  return TraceReport(Shared(TraceModels(request, *context_)));
}

TraceReport Session::Trace(const Model& a, const Model& b, const TraceOptions& options) const {
  const TraceRequest request{
      .models = {.a = a.Path(), .b = b.Path()}, .opening = OpeningOf(a, b), .options = options};
  return TraceReport(Shared(TraceInputs(InputsOf(a, b), request, *context_)));
}

DiffReport Session::Diff(const DiffRequest& request) const {
  return DiffReport(Shared(DiffModels(request, *context_)));
}

DiffReport Session::Diff(const Model& a, const Model& b, const DiffOptions& options) const {
  return DiffReport(Shared(DiffInputs(InputsOf(a, b), OpeningOf(a, b), options, *context_)));
}

RunReport Session::Run(const RunRequest& request) const {
  return RunReport(Shared(RunModel(request, *context_, nullptr)));
}

}  // namespace modelkin
