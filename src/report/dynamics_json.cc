#include "report/dynamics_report.h"
#include "report/json_output.h"
#include "requests/recorded_request.h"

namespace modelkin {
namespace {

Json SeriesSpectraJson(const std::vector<TensorSpectrum>& spectra) {
  Json list = Json::array();
  for (const TensorSpectrum& tensor : spectra) {
    Json object = {{"tensor", tensor.name}, {"stable_rank", nullptr}, {"alpha", nullptr}};
    if (tensor.spectrum) {
      object["stable_rank"] = tensor.spectrum->stable_rank;
      if (tensor.spectrum->power_law) object["alpha"] = tensor.spectrum->power_law->alpha;
    }
    list.push_back(std::move(object));
  }
  return list;
}

}  // namespace

void WriteDynamicsJson(const DynamicsResults& results, const TextSink& sink, JsonDetail detail) {
  const TrainingDynamics& dynamics = results.dynamics;
  Json inputs = Json::array(), layers = Json::array(), left_out = Json::array(),
       spectra = Json::array(), repeated = Json::array();
  for (const InputRecord& input : results.inputs) inputs.push_back(InputJson(input));
  for (const DriftProfile& layer : dynamics.layers) layers.push_back(NamedFieldsJson(layer));
  for (const SkippedTensor& tensor : dynamics.left_out) {
    left_out.push_back({{"tensor", tensor.name}, {"reason", tensor.reason}});
  }
  for (const SameCheckpoint& same : dynamics.repeated) {
    repeated.push_back({{"checkpoint", results.inputs[same.checkpoint].id.Name()},
                        {"same_as", results.inputs[same.same_as].id.Name()}});
  }
  for (const auto& of_one : results.spectra) spectra.push_back(SeriesSpectraJson(of_one));
  JsonObjectWriter writer(sink, detail);
  writer.Member("schema_version", kDynamicsSchemaVersion);
  writer.Member("tool", ToolJson());
  writer.Member("inputs", inputs);
  writer.Member("all", NamedFieldsJson(dynamics.all));
  writer.Member("layers", layers);
  writer.Member("outside", dynamics.outside ? NamedFieldsJson(*dynamics.outside) : Json(nullptr));
  writer.Member("by_last_drift", dynamics.by_last_drift);
  writer.Member("repeated", repeated);
  writer.Member("spectra", spectra);
  writer.Member("not_in_all", dynamics.not_in_all);
  writer.Member("left_out", left_out);
  writer.Member("run", RunJson(results.run, RecordedRequest(results)));
  writer.End();
}

}  // namespace modelkin
