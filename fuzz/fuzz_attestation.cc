#include <cstddef>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <span>
#include <string_view>

#include "attestation/attested_file.h"
#include "attestation/model_signature.h"
#include "fuzz_check.h"
#include "source/json_document.h"

namespace modelkin {
namespace {

constexpr const char* kLabel = "att.json";
constexpr std::uint64_t kLargest = std::uint64_t{1} << 20;

void ReadAttestation(std::string_view text) {
  const auto bytes = std::as_bytes(std::span(text));
  try {
    const AttestedFile read = ReadAttestedFile(
        kLabel, ReadJsonObject(*MakeMemorySource(kLabel, {bytes.begin(), bytes.end()}), kLargest));
    Check(CheckSignature(read, nullptr) != SignatureState::kHolds, "no key, nothing holds");
    const ModelManifest manifest = ReadManifest({read.statement.predicate, kLabel, "predicate"});
    const nlohmann::json again = nlohmann::json::parse(ManifestJson(manifest).dump());
    Check(ReadManifest({again, kLabel, ""}).RootDigest() == manifest.RootDigest(), "one digest");
  } catch (const Error& error) {
    Check(error.site().file.starts_with(kLabel), "file");  // or its payload
    CheckRefusal(error, error.site().file);
  }
}

}  // namespace
}  // namespace modelkin

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  modelkin::ReadAttestation(modelkin::AsText(data, size));
  return 0;
}
