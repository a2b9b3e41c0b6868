#include "functional/model_record.h"

#include <algorithm>

#include "inference/forward_pass.h"
#include "inference/layer_pass.h"

namespace modelkin {
namespace {

class Recorder : public PassObserver {
 public:
  Recorder(const RunnableModel& model, const Batch& batch, ModelRecord& record)
      : batch_(batch), record_(record), layers_(model.layers()) {}

  void Hidden(std::size_t /*index*/, const Activations& hidden) override {
    const std::size_t texts = std::min(batch_.texts.size(), kMostKernelTexts);
    Activations means(texts, hidden.columns);
    std::vector<double> sums(hidden.columns);
    for (std::size_t i = 0; i < texts; ++i) {
      const TextRows& text = batch_.texts[i];
      std::ranges::fill(sums, 0.0);
      for (std::size_t row = 0; row < text.rows; ++row) {
        for (std::size_t k = 0; k < sums.size(); ++k) sums[k] += hidden.Row(text.first + row)[k];
      }
      for (std::size_t k = 0; k < sums.size(); ++k) {
        means.Row(i)[k] = static_cast<float>(sums[k] / static_cast<double>(text.rows));
      }
    }
    record_.text_means.push_back(std::move(means));
  }

  void Routed(std::size_t layer, const RouterChoice& choice) override {
    record_.routing[layer] = choice;
  }

  bool wants_mlp_units() const override { return true; }
  void MlpUnits(std::size_t layer, const Activations& gate, const Activations& up) override {
    // As many layers as memory allows; which, does not depend on what they hold.
    const std::uint64_t bytes = (gate.values.size() + up.values.size()) * sizeof(float);
    const std::uint64_t fitting =
        std::max<std::uint64_t>(1, kUnitBytes / std::max<std::uint64_t>(1, bytes));
    const std::uint64_t step = (layers_ + fitting - 1) / fitting;
    if (layer % step == 0) record_.units.push_back({layer, gate, up});
  }

 private:
  const Batch& batch_;
  ModelRecord& record_;
  std::size_t layers_;
};

}  // namespace

ModelRecord RecordModel(const RunnableModel& model,
                        const std::vector<std::vector<std::uint64_t>>& texts, Progress& progress) {
  const Batch batch = MakeBatch(texts);
  RequireFits(model, batch);
  ModelRecord record;
  for (const TextRows& text : batch.texts) record.first_row.push_back(text.first);
  record.first_row.push_back(batch.ids.size());
  Recorder recorder(model, batch, record);
  record.final = RunLayers(model, batch, nullptr, recorder, progress);
  return record;
}

}  // namespace modelkin
