// What a request runs with, whatever it asks for.
#ifndef MODELKIN_REQUESTS_REQUEST_CONTEXT_H_
#define MODELKIN_REQUESTS_REQUEST_CONTEXT_H_

#include <memory>
#include <string>
#include <vector>

#include "base/interrupt.h"
#include "base/parallel.h"
#include "base/progress.h"
#include "source/places.h"

namespace modelkin {

// Requests that share one may run at the same time; their progress is then that of all.
struct RequestContext {
  std::shared_ptr<const Places> places = SharedThisMachine();
  unsigned threads = AvailableThreads();  // at least 1; no result depends on it
  std::shared_ptr<Progress> progress = std::make_shared<Progress>();
  // Set from any thread: requests then end with Interrupted.
  std::shared_ptr<StopFlag> stop = std::make_shared<StopFlag>(false);
  // Whether the caller has told progress what is to come, of which this request is a part.
  bool is_planned = false;
  // How the caller was asked, in words for the record.
  std::vector<std::string> arguments = {};
};

// How numbers were made. Only this part of a result may differ between two runs on the same inputs.
struct RunRecord {
  std::string command;                 // "compare"
  std::vector<std::string> arguments;  // as typed
  unsigned threads = 0;
  std::string simd_target;
};

RunRecord RecordOf(const std::string& command, const RequestContext& context);

}  // namespace modelkin

#endif  // MODELKIN_REQUESTS_REQUEST_CONTEXT_H_
