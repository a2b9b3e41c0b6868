// A checkpoint's files in memory, to be changed and written again.
#ifndef MODELKIN_TESTS_INFERENCE_STORED_MODEL_H_
#define MODELKIN_TESTS_INFERENCE_STORED_MODEL_H_

#include <cstdint>
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "inference/activations.h"
#include "inference/batch.h"
#include "inference/runnable_model.h"
#include "support/safetensors_writer.h"
#include "support/temporary_directory.h"

namespace modelkin::testing {

using Ids = std::vector<std::uint64_t>;

// The folder of a case in tests/inference/golden.
std::string GoldenFolder(const std::string& name);
// Names of all cases.
std::vector<std::string> GoldenNames();

// Tensors of a safetensors file, read without the code under test.
std::vector<TestTensor> ReadTensors(const std::string& path);

// Values of a F32, F16, BF16 or I64 tensor.
std::vector<double> ValuesOf(const TestTensor& tensor);

struct StoredModel {
  nlohmann::json config;
  std::vector<TestTensor> tensors;

  TestTensor& At(const std::string& name);
  // Sets an element of a F32 tensor.
  void Set(const std::string& name, std::size_t element, float value);
  void Write(const TemporaryDirectory& folder) const;
};

StoredModel ReadStored(const std::string& golden_name);

// A model written to a folder of its own and opened.
class OpenedModel {
 public:
  explicit OpenedModel(const StoredModel& stored, unsigned threads = 1);
  const RunnableModel& operator*() const { return *model_; }
  const RunnableModel* operator->() const { return model_.get(); }

 private:
  TemporaryDirectory folder_;
  std::unique_ptr<const RunnableModel> model_;
};

// The last norm's rows, without cache, after the checks that come before a pass.
Activations RunTexts(const RunnableModel& model, const std::vector<Ids>& texts);

// Runs one text of a few tokens and the head, or an encoder of images on a small one and what is
// behind its layers.
void RunOnce(const RunnableModel& model);

// Opens a model and does so: what may go wrong has to.
void RunAll(const StoredModel& stored);

// For the tests of single parts: "x.safetensors" in `folder`.
Checkpoint CheckpointOf(const TemporaryDirectory& folder, const std::vector<TestTensor>& tensors);

// Little-endian bytes of floats, and of floats rounded to BF16 or F16.
std::string F32Bytes(const std::vector<float>& values);
std::string NarrowBytes(const std::string& dtype, const std::vector<float>& values);

// Normal numbers, the same for the same seed.
std::vector<float> Normal(std::size_t count, std::uint64_t seed, float deviation = 1);
Activations NormalRows(std::size_t rows, std::size_t columns, std::uint64_t seed);

// ||x - reference|| / ||reference||; 0 where both are zero.
double RelativeError(const float* x, const double* reference, std::size_t count);

}  // namespace modelkin::testing

#endif  // MODELKIN_TESTS_INFERENCE_STORED_MODEL_H_
