#include "checkpoint/catalogue_builder.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <nlohmann/json.hpp>

#include "base/error.h"
#include "base/escaped_text.h"
#include "storage/coded_weight.h"
#include "storage/gguf/gguf_config.h"
#include "storage/gguf/gguf_conversion.h"
#include "storage/gguf/gguf_tensors.h"

namespace modelkin {
namespace {

// Parts of weights in the files that were added.
class AddedParts : public PartReader {
 public:
  explicit AddedParts(const std::vector<CheckpointFile>& files) : files_(files) {}

  std::span<const std::byte> Read(const Tensor& part, std::uint64_t offset_bytes,
                                  std::uint64_t length_bytes,
                                  std::vector<std::byte>& scratch) const override {
    return files_[part.file].source->Read(part.offset_bytes + offset_bytes, length_bytes, scratch);
  }

 private:
  const std::vector<CheckpointFile>& files_;
};

}  // namespace

CatalogueBuilder::CatalogueBuilder(std::string path, const Places& places,
                                   const OpenOptions& options, const QuantisationConfig& config)
    : path_(std::move(path)), places_(places), options_(options), config_(config) {}

std::span<const Tensor> CatalogueBuilder::Add(const std::filesystem::path& file, std::string name) {
  const auto index = static_cast<std::uint32_t>(files_.size());
  files_.push_back({.name = std::move(name), .source = places_.Open(file.string())});
  FileContents contents = ReadFileContents(*files_.back().source, options_.as_stored, index);
  files_.back().header_bytes = contents.header_bytes;
  files_.back().source =
      WithLateChecks(std::move(files_.back().source), std::move(contents.late_checks));
  std::ranges::move(contents.warnings, std::back_inserter(warnings_));
  // Of several files only the first has more than its own number.
  last_gguf_ = std::move(contents.gguf);
  if (gguf_ == nullptr || contents.split == 0) gguf_ = last_gguf_;
  if (own_config_ == nullptr) own_config_ = std::move(contents.config);
  const std::size_t first = tensors_.size();
  if (first == 0) {
    tensors_ = std::move(contents.tensors);
  } else {
    std::ranges::move(contents.tensors, std::back_inserter(tensors_));
  }
  return std::span(tensors_).subspan(first);
}

void CatalogueBuilder::FinishGguf() {
  FinishGgufTensors(*gguf_, tensors_);
  nlohmann::json config = GgufConfig(*gguf_);
  if (config.empty()) return;
  CompleteGgufConfig(tensors_, AddedParts(files_), config);
  tensors_ = WithoutGgufConversion(std::move(tensors_), config);
  own_config_ = std::make_shared<const nlohmann::json>(std::move(config));
}

Checkpoint CatalogueBuilder::Build() && {
  NoteEmptyWeights();
  if (!options_.as_stored) {
    try {
      if (gguf_ != nullptr) FinishGguf();
      const AddedParts parts(files_);
      DecodeStoredForms(tensors_, config_, &parts);
    } catch (const Error& error) {
      const auto tensor = std::ranges::find(tensors_, error.site().tensor, &Tensor::stored_name);
      if (tensor == tensors_.end() || !error.site().file.empty()) throw;
      throw Error(error.kind(), error.message(),
                  {.file = files_[tensor->file].source->label(),
                   .tensor = error.site().tensor,
                   .offset_bytes = error.site().offset_bytes});
    }
  }
  MarkStoredForms(tensors_);
  return {std::move(path_),     std::move(files_), std::move(tensors_),
          std::move(warnings_), incomplete_,       std::move(own_config_)};
}

// Training in shares (ZeRO-3) leaves weights without elements where they were not gathered.
void CatalogueBuilder::NoteEmptyWeights() {
  std::uint64_t empty = 0;
  std::string first;
  for (const Tensor& tensor : tensors_) {
    const bool is_weight = tensor.name.ends_with(".weight") || tensor.name.ends_with(".bias");
    if (tensor.elements > 0 || !is_weight) continue;
    if (empty++ == 0) first = tensor.name;
  }
  if (empty == 0) return;
  WarnOfMissing(SayOf(empty, "weight has", "weights have", "{1} {0} no elements, such as \"{2}\"",
                      "가중치 {}개에 원소가 없음, 예: \"{}\"", empty, Printable(first)));
}

}  // namespace modelkin
