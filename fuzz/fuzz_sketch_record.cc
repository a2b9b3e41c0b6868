#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "fuzz_check.h"
#include "sketch/sketch_json.h"
#include "sketch/sketch_record.h"

namespace modelkin {
namespace {

constexpr const char* kLabel = "models.atlas: record 1";

void CheckSketch(const Sketch& sketch) {
  const std::string record = EncodeSketch(sketch);
  Check(record.size() <= kMostSketchBytes, "size of a record");
  Check(EncodeSketch(DecodeSketch(record, kLabel)) == record, "one form");
  const std::string line = SketchJson(sketch);
  Check(line.find('\n') == line.size() - 1, "one line");
  try {
    Check(SketchJson(ReadSketchJson(line, kLabel)) == line, "one form of JSON");
  } catch (const Error& error) {
    CheckRefusal(error, kLabel);  // a text that was no UTF-8 may have grown
  }
}

void ReadSketch(std::string_view bytes) {
  for (const auto& read : {DecodeSketch, ReadSketchJson}) {
    try {
      CheckSketch(read(bytes, kLabel));
    } catch (const Error& error) {
      CheckRefusal(error, kLabel);
    }
  }
}

}  // namespace
}  // namespace modelkin

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  modelkin::ReadSketch(modelkin::AsText(data, size));
  return 0;
}
