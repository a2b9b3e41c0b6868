#include <cstddef>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <utility>
#include <variant>
#include <vector>

#include "fuzz_check.h"
#include "requests/recorded_request.h"
#include "source/byte_source.h"
#include "source/json_document.h"

namespace modelkin {
namespace {

constexpr const char* kLabel = "results.json";
constexpr std::uint64_t kMostDrawsTaken = 10'000'000;

void ReadResults(std::vector<std::byte> text) {
  try {
    const auto source = MakeMemorySource(kLabel, std::move(text));
    const auto results = ReadJsonObject(*source, source->size_bytes());
    RecordedSimdTarget(results);
    const AnyRequest request = ReadRequest(kLabel, results, {});
    if (const auto* trace = std::get_if<TraceRequest>(&request)) {
      Check(trace->options.draws <= kMostDrawsTaken, "draws");
      Check(trace->resume.empty(), "no folder for a state");
      Check(!trace->models.a.empty() && !trace->models.b.empty(), "two models");
    }
    if (const auto* series = std::get_if<SeriesRequest>(&request)) {
      Check(!series->checkpoints.empty(), "a checkpoint");
    }
  } catch (const Error& error) {
    CheckRefusal(error, kLabel);
  }
}

}  // namespace
}  // namespace modelkin

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto* const bytes = reinterpret_cast<const std::byte*>(data);
  modelkin::ReadResults({bytes, bytes + size});
  return 0;
}
