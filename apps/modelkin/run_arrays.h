// --npy of `modelkin run`: what a pass computes, as a folder of arrays.
#ifndef MODELKIN_APPS_RUN_ARRAYS_H_
#define MODELKIN_APPS_RUN_ARRAYS_H_

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "base/input_files.h"
#include "base/output_target.h"
#include "report/npy_file.h"
#include "requests/run.h"

namespace modelkin {

// Rows are tokens, one text after the other, or patches of images.
class RunArrays : public RunObserver {
 public:
  // Writes nothing of `inputs`; of files that modelkin did not write none without `force`.
  RunArrays(std::string folder, InputFiles inputs, bool force);

  // Throws where a file of it may not be replaced, before any is written.
  void Begin(const RunnableModel& model, const Batch& batch) override;
  void TakeHidden(const Activations& hidden) override { hidden_->Write(hidden.values); }
  void End(const RunnableModel& model, const Batch& batch, const RunResults& results) override;

 private:
  const OutputTarget& Target(std::string_view name) const { return targets_.at(name); }
  void WriteNumbers(const char* name, const std::vector<std::int64_t>& numbers) const;
  void WriteGrids(const std::vector<PatchGrid>& grids) const;
  // What an encoder of images hands on.
  void WritePooled(const RunResults& results) const;
  void WriteMatrix(const char* name, const Activations& matrix) const;
  void WriteRouting(const RunResults& results, std::uint64_t tokens) const;

  std::string folder_;
  InputFiles inputs_;
  bool force_;
  std::map<std::string_view, OutputTarget> targets_;
  std::optional<NpyFile> hidden_;
};

}  // namespace modelkin

#endif  // MODELKIN_APPS_RUN_ARRAYS_H_
