#include <cstddef>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <string>
#include <string_view>

#include "fuzz_check.h"
#include "lineage/mlp_match_state.h"
#include "source/json_document.h"
#include "source/sealed_file.h"

namespace modelkin {
namespace {

constexpr const char* kLabel = "state/pair-mlps.modelkin-state";
constexpr Seal kSeal = {.kind = "trace state", .name = "pair-mlps", .inputs = "a b"};

// As if somebody had put a right seal on it.
void ReadContent(std::string_view content) {
  try {
    const nlohmann::json state = ParsePackedJson(kLabel, content);
    Check(ParsePackedJson(kLabel, PackJson(state))
                  .dump(-1, ' ', false, nlohmann::json::error_handler_t::replace) ==
              state.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace),
          "a value is packed as it is");
    for (const nlohmann::json& entry : state) {
      const nlohmann::json again = ToState(MlpMatchFromState(entry.at(1)));
      Check(PackJson(ToState(MlpMatchFromState(again))) == PackJson(again), "one form");
    }
  } catch (const Error& error) {
    CheckRefusal(error, kLabel);
  } catch (const nlohmann::json::exception&) {
  } catch (const std::out_of_range&) {
  }
}

void ReadState(std::string_view bytes) {
  if (const auto content = Unsealed(kSeal, bytes)) ReadContent(*content);
  ReadContent(bytes);
}

}  // namespace
}  // namespace modelkin

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  modelkin::ReadState(modelkin::AsText(data, size));
  return 0;
}
