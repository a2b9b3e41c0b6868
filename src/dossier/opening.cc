#include "dossier/opening.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <nlohmann/json.hpp>

#include "base/error.h"
#include "base/interrupt.h"
#include "checkpoint/tensor_reader.h"
#include "dossier/record_fields.h"
#include "source/json_document.h"
#include "storage/safetensors.h"

namespace modelkin {
namespace {

using nlohmann::json;

constexpr std::string_view kOpeningKey = "modelkin_opening";
constexpr std::uint64_t kOpeningElementsAtOnce = std::uint64_t{1} << 18;
constexpr std::uint64_t kLargestProofBytes = std::uint64_t{16} << 20;
constexpr std::size_t kLongestPath = 64, kMostOpened = 65536;
constexpr std::size_t kLengthBytes = 8, kHeaderAlignment = 8;

struct ToOpen {
  const Tensor* tensor;
  std::size_t index;
};

std::vector<ToOpen> TensorsToOpen(const Checkpoint& model, const std::vector<std::string>& names) {
  std::vector<ToOpen> tensors;
  for (const std::string& name : names) {
    const Tensor* const tensor = model.Find(name);
    if (tensor == nullptr) {
      throw Error(ErrorKind::kUsage, "the model has no tensor of that name",
                  {.file = model.path(), .tensor = name});
    }
    if (BitWidth(tensor->dtype) % 8 != 0) {
      throw Error(ErrorKind::kUsage, "its elements are less than a byte: it can't be opened",
                  {.file = model.path(), .tensor = name});
    }
    const auto index = static_cast<std::size_t>(tensor - model.tensors().data());
    const auto same = [&](const ToOpen& other) { return other.index == index; };
    if (std::ranges::none_of(tensors, same)) tensors.push_back({tensor, index});
  }
  return tensors;
}

json ProofOf(const ToOpen& open, const CommitmentSecret& secret) {
  json path = json::array();
  for (const Digest& node : PathOf(secret.leaves, open.index)) path.push_back(HexOf(node));
  return {{"name", open.tensor->name},
          {"index", open.index},
          {"nonce", HexOf(NonceOf(secret.key, open.index))},
          {"path", std::move(path)}};
}

std::string OpeningHeader(const std::vector<ToOpen>& tensors, const CommitmentSecret& secret) {
  json proofs = json::array();
  nlohmann::ordered_json header;
  for (const ToOpen& open : tensors) proofs.push_back(ProofOf(open, secret));
  header["__metadata__"] = {{"format", "pt"},
                            {kOpeningKey, json({{"tensors", std::move(proofs)}}).dump()}};
  std::uint64_t offset = 0;
  for (const auto& [tensor, index] : tensors) {
    const std::uint64_t bytes = tensor->elements * ByteWidth(tensor->dtype);
    header[tensor->name] = {{"dtype", DTypeName(tensor->dtype)},
                            {"shape", tensor->shape},
                            {"data_offsets", {offset, offset + bytes}}};
    offset += bytes;
  }
  std::string text = header.dump();
  text.resize((text.size() + kHeaderAlignment - 1) / kHeaderAlignment * kHeaderAlignment, ' ');
  std::string length;
  for (std::size_t i = 0; i < kLengthBytes; ++i) {
    length += static_cast<char>(text.size() >> (8 * i) & 0xff);
  }
  return length + text;
}

OpenedTensor ProofFrom(const RecordFields& fields) {
  OpenedTensor opened{.name = fields.Text("name", kMaxTensorNameBytes),
                      .index = fields.Number("index", 0, UINT32_MAX),
                      .nonce = fields.Hash("nonce")};
  for (const json& node : fields.List("path", 0, kLongestPath)) {
    const auto digest =
        node.is_string() ? DigestOfHex(node.get_ref<const std::string&>()) : std::nullopt;
    if (!digest) fields.Fail("path", "holds what is no digest");
    opened.path.push_back(*digest);
  }
  return opened;
}

}  // namespace

void WriteOpening(const Checkpoint& model, const Commitment& commitment,
                  const CommitmentSecret& secret, const std::vector<std::string>& names,
                  Progress& progress, const std::function<void(std::string_view)>& sink) {
  if (secret.commitment() != commitment) {
    throw Error(ErrorKind::kUsage, "the private file is that of another commitment");
  }
  if (model.tensors().size() != secret.leaves.size()) {
    throw Error(ErrorKind::kBadInput, "has other tensors than were committed to",
                {.file = model.path()});
  }
  const std::vector<ToOpen> tensors = TensorsToOpen(model, names);
  for (const auto& [tensor, index] : tensors) {
    if (LeafOf(model, *tensor, NonceOf(secret.key, index), progress) != secret.leaves[index]) {
      throw Error(ErrorKind::kBadInput, "is not what was committed to",
                  {.file = model.path(), .tensor = tensor->name});
    }
  }
  sink(OpeningHeader(tensors, secret));
  std::vector<std::byte> scratch;
  for (const ToOpen& open : tensors) {
    const TensorReader reader(model, *open.tensor);
    for (std::uint64_t done = 0; done < open.tensor->elements;) {
      ThrowIfInterrupted();
      const std::uint64_t count = std::min(kOpeningElementsAtOnce, open.tensor->elements - done);
      const auto bytes = reader.Read(done, count, scratch);
      sink({reinterpret_cast<const char*>(bytes.data()), bytes.size()});
      done += count;
    }
    reader.RequireNothingLost();
  }
}

Opening ReadOpening(std::shared_ptr<const ByteSource> file) {
  const std::string label = file->label();
  const SafetensorsHeader header = ReadSafetensorsHeader(*file);
  const auto found =
      std::ranges::find(header.metadata, kOpeningKey, &std::pair<std::string, std::string>::first);
  if (found == header.metadata.end()) {
    throw Error(ErrorKind::kBadInput, "is no opening of a commitment", {.file = label});
  }
  const auto bytes = std::as_bytes(std::span(found->second));
  const json proofs =
      ReadJsonObject(*MakeMemorySource(label, {bytes.begin(), bytes.end()}), kLargestProofBytes);
  const RecordFields fields(proofs, label, "");
  const json& list = fields.List("tensors", 1, kMostOpened);
  Opening opening{.checkpoint = OpenSafetensors(std::move(file)), .tensors = {}};
  for (std::size_t i = 0; i < list.size(); ++i) {
    const RecordFields item = fields.Item(list, "tensors", i);
    OpenedTensor opened = ProofFrom(item);
    if (opening.checkpoint.Find(opened.name) == nullptr) item.Fail("name", "is no tensor of it");
    const auto same = [&](const OpenedTensor& other) { return other.name == opened.name; };
    if (std::ranges::any_of(opening.tensors, same)) item.Fail("name", "occurs twice");
    opening.tensors.push_back(std::move(opened));
  }
  if (opening.tensors.size() != opening.checkpoint.tensors().size()) {
    fields.Fail("tensors", "does not tell of all tensors of the file");
  }
  return opening;
}

}  // namespace modelkin
