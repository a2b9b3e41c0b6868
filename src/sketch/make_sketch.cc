#include "sketch/make_sketch.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <optional>
#include <span>
#include <string_view>
#include <utility>

#include "base/error.h"
#include "base/parallel.h"
#include "lineage/model_parts.h"
#include "model/model_card.h"
#include "sketch/component_sketch.h"
#include "sketch/projected_block.h"
#include "sketch/sketch_reader.h"
#include "sketch/token_sketch.h"
#include "source/sha256.h"

namespace modelkin {
namespace {

constexpr std::string_view kSchemeEnd = "://";
constexpr unsigned kRequestsAtOnce = 8;

// "org/name" of "hf://org/name@commit"; a path of this machine as it was named.
std::string NameOf(const std::string& path, const std::string& location) {
  const std::size_t scheme = location.find(kSchemeEnd);
  if (scheme != std::string::npos) {
    const std::string_view name = std::string_view(location).substr(scheme + kSchemeEnd.size());
    const std::size_t revision = name.find('@');
    if (revision == std::string_view::npos) return std::string(name);
    const std::size_t rest = name.find('/', revision);
    return fmt::format("{}{}", name.substr(0, revision),
                       rest == std::string_view::npos ? "" : name.substr(rest));
  }
  std::string name = std::filesystem::path(path).lexically_normal().string();
  while (name.size() > 1 && name.ends_with('/')) name.pop_back();
  return name;
}

std::string LocationOf(const OpenedModel& model) {
  if (model.places().IsRemote(model.path())) return model.places().Resolve(model.path());
  std::string path = std::filesystem::absolute(model.path()).lexically_normal().string();
  while (path.size() > 1 && path.ends_with('/')) path.pop_back();
  return path;
}

SketchSizes SizesOf(const OpenedModel& model, const ModelParts& parts) {
  SketchSizes sizes{.bytes = model.checkpoint().total_bytes(), .layers = parts.layers.size()};
  for (const Part& part : parts.parts) sizes.parameters += part.tensor->elements;
  sizes.width = parts.residual.value_or(0);
  sizes.heads = parts.heads.query;
  sizes.groups = parts.heads.groups;
  if (model.spec() != nullptr) {
    sizes.experts = model.spec()->Size("experts").value_or(0);
    sizes.vocabulary = model.spec()->Size("vocab").value_or(0);
  }
  return sizes;
}

// What the model's card says; nothing where there is none that can be read.
std::vector<std::string> BaseModelsOf(const OpenedModel& model) {
  const std::string file = model.described_at() + "/README.md";
  if (!model.places().IsFolder(model.described_at()) || !model.places().MayExist(file)) return {};
  try {
    const auto card = model.places().Open(file);
    std::vector<std::byte> scratch;
    const auto bytes = card->Read(0, std::min(card->size_bytes(), kLargestModelCard), scratch);
    return DeclaredBaseModels({reinterpret_cast<const char*>(bytes.data()), bytes.size()});
  } catch (const Error&) {
    return {};
  }
}

// The bits of the embedding's rows of bytes that no text has, at least two of them.
std::optional<LayerBits> UntrainedRowsOf(const ModelParts& parts, const Tokenizer& tokenizer,
                                         SketchReader& reader) {
  const Part* const embedding = parts.Find(Role::kEmbedding);
  if (embedding == nullptr || embedding->tensor->shape.size() != 2 ||
      embedding->residual_axis() != 1) {
    return std::nullopt;
  }
  const std::uint64_t rows = embedding->tensor->shape[0], columns = embedding->tensor->shape[1];
  const std::vector<std::uint64_t> tokens = TokensOfNoText(tokenizer, rows);
  if (tokens.size() < 2 || columns > kMostUntrainedColumns) return std::nullopt;
  std::vector<float> values;
  for (const std::uint64_t token : tokens) {
    const auto row = reader.Read(*embedding->tensor, token * columns, columns);
    values.insert(values.end(), row.begin(), row.end());
  }
  return ProjectLayer(CodesOf(values, tokens.size(), columns));
}

void AddTokens(const OpenedModel& model, const ModelParts& parts, SketchReader& reader,
               MadeSketch& made) {
  std::shared_ptr<const Tokenizer> tokenizer;
  try {
    tokenizer = model.tokenizer();
  } catch (const Error& error) {
    made.notes.push_back(fmt::format("the tokenizer can't be read: {}", error.what()));
  }
  if (tokenizer == nullptr) return;
  made.sketch.vocabulary = HashVocabulary(*tokenizer);
  made.sketch.untrained_rows = UntrainedRowsOf(parts, *tokenizer, reader);
}

// Of all headers, and of what was read of each component in the order of layers.
std::string ContentOf(const std::vector<std::string>& headers,
                      const std::vector<ComponentSketch>& components) {
  Sha256 digest;
  const auto add = [&](const std::string& text) { digest.Update(std::as_bytes(std::span(text))); };
  for (const std::string& header : headers) add(header);
  for (const ComponentSketch& component : components) {
    for (const std::string& layer : component.digests) add(layer);
  }
  return digest.HexDigest();
}

// The number that the first 16 hexadecimal digits write.
std::uint64_t FirstBytes(const std::string& digest) {
  return std::stoull(digest.substr(0, 16), nullptr, 16);
}

}  // namespace

MadeSketch MakeSketch(const OpenedModel& model, unsigned threads, Progress& progress) {
  // Over a network most of the time is waiting.
  if (model.places().IsRemote(model.path())) threads = std::max(threads, kRequestsAtOnce);
  const ModelParts parts = PartsOf(model.checkpoint(), model.spec());
  SketchReader reader(parts.checkpoint);
  MadeSketch made;
  Sketch& sketch = made.sketch;
  sketch.location = LocationOf(model);
  sketch.name = NameOf(model.path(), sketch.location);
  if (model.config() != nullptr) sketch.family = model.config()->model_type();
  sketch.sizes = SizesOf(model, parts);
  sketch.base_models = BaseModelsOf(model);
  const FileDigests digests = model.Digests(false, threads, progress);
  for (const std::string& header : digests.headers) {
    sketch.file_digests.push_back(FirstBytes(header));
  }
  const std::vector<ComponentSketch> components =
      SketchComponents(parts, reader, threads, progress);
  for (const ComponentSketch& component : components) {
    sketch.components.push_back(component.sketch);
  }
  if (sketch.components.empty()) {
    throw Error(ErrorKind::kBadInput,
                "no layers with matrices of weights are known of it, so that nothing can be "
                "sketched",
                {.file = model.path(), .tensor = {}, .offset_bytes = {}});
  }
  sketch.content = ContentOf(digests.headers, components);
  AddTokens(model, parts, reader, made);
  made.weight_bytes = reader.bytes();
  return made;
}

}  // namespace modelkin
