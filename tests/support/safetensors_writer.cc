#include "support/safetensors_writer.h"

#include <nlohmann/json.hpp>

namespace modelkin::testing {

std::string SafetensorsFile(const std::vector<TestTensor>& tensors,
                            const std::vector<std::pair<std::string, std::string>>& metadata) {
  auto header = nlohmann::ordered_json::object();
  if (!metadata.empty()) {
    auto& texts = header["__metadata__"] = nlohmann::ordered_json::object();
    for (const auto& [key, value] : metadata) texts[key] = value;
  }
  std::string text = header.dump();
  text.pop_back();  // the closing brace; members are appended, as json[] would search all of them
  std::string data;
  for (const TestTensor& tensor : tensors) {
    if (text.size() > 1) text += ',';
    const nlohmann::ordered_json entry = {
        {"dtype", tensor.dtype},
        {"shape", tensor.shape},
        {"data_offsets", {data.size(), data.size() + tensor.bytes.size()}}};
    text += nlohmann::json(tensor.name).dump() + ":" + entry.dump();
    data += tensor.bytes;
  }
  text += '}';
  while (text.size() % 8 != 0) text += ' ';
  return LengthField(text.size()) + text + data;
}

std::string RawSafetensorsFile(std::string_view header, std::size_t data_bytes) {
  return LengthField(header.size()).append(header) + std::string(data_bytes, '\0');
}

std::string LengthField(std::uint64_t length) {
  std::string field;
  for (int i = 0; i < 8; ++i) field += static_cast<char>(length >> (8 * i) & 0xFF);
  return field;
}

std::string EntryText(std::string_view dtype, std::string_view shape, std::string_view offsets) {
  std::string text = R"({"dtype":")";
  text.append(dtype).append(R"(","shape":)").append(shape);
  return text.append(R"(,"data_offsets":)").append(offsets).append("}");
}

std::vector<std::byte> ToBytes(std::string_view text) {
  const auto* const begin = reinterpret_cast<const std::byte*>(text.data());
  return {begin, begin + text.size()};
}

}  // namespace modelkin::testing
