// How far long work is.
#ifndef MODELKIN_PROGRESS_H_
#define MODELKIN_PROGRESS_H_

#include <cstdint>
#include <string>

#include "modelkin/export.h"

namespace modelkin {

// Where long work says how far it is; this one discards everything. Members are called from any
// number of threads at once, must not throw, and must not ask the models that it is told of.
class MODELKIN_EXPORT Progress {
 public:
  virtual ~Progress();
  // Starts a stage of `total_bytes`, 0 where that says nothing; ends the stage before it.
  virtual void Begin(const std::string& stage, std::uint64_t total_bytes);
  // Adds `bytes` to what is done of the stage.
  virtual void Advance(std::uint64_t bytes);
};

}  // namespace modelkin

#endif  // MODELKIN_PROGRESS_H_
