#include "model/opened_model.h"

#include <fmt/format.h>

#include <filesystem>
#include <nlohmann/json.hpp>
#include <utility>

#include "base/parallel.h"
#include "checkpoint/adapter.h"
#include "source/json_document.h"
#include "source/sha256.h"

namespace modelkin {
namespace {

std::uint64_t FileBytes(const Checkpoint& checkpoint) {
  std::uint64_t bytes = 0;
  for (const CheckpointFile& file : checkpoint.files()) bytes += file.source->size_bytes();
  return bytes;
}

QuantisationConfig QuantisationOf(const ModelConfig& config) {
  for (const char* const key : {"quantization_config", "compression_config", "quantization"}) {
    const nlohmann::json* const values = config.Find(key);
    if (values != nullptr && values->is_object()) return QuantisationConfig(*values);
  }
  return {};
}

// Where config.json is.
std::string DescribedAt(const std::string& path, const OpenOptions& options, const Places& places) {
  const auto adapter = FindAdapter(path, options, places);
  return adapter && !adapter->base.empty() ? adapter->base : path;
}

bool IsAdapterAlone(const std::string& path, const OpenOptions& options, const Places& places) {
  const auto adapter = FindAdapter(path, options, places);
  return adapter && adapter->base.empty();
}

}  // namespace

OpenedModel::OpenedModel(const std::string& path, const OpenOptions& options,
                         std::shared_ptr<const Places> places)
    : opening_(options),
      places_(std::move(places)),
      described_at_(DescribedAt(path, options, *places_)),
      adapter_alone_(IsAdapterAlone(path, options, *places_)),
      config_(FindConfig(described_at_)),
      checkpoint_(
          OpenCheckpoint(path, options, *places_,
                         config_ == nullptr ? QuantisationConfig() : QuantisationOf(*config_))) {
  Guarded([&] {
    if (checkpoint_.config() != nullptr) {
      config_ = std::make_unique<const ModelConfig>(checkpoint_.files().front().source->label(),
                                                    *checkpoint_.config());
    }
  });
  if (!opening_.components.empty()) {
    checkpoint_ = OnlyComponents(checkpoint_, config_.get(), opening_.components);
  }
  Guarded([&] { components_ = SplitComponents(&checkpoint_, config_.get()); });
  if (components_.empty()) components_ = SplitComponents(&checkpoint_, nullptr);
}

template <class Function>
void OpenedModel::Guarded(Function&& read) {
  try {
    read();
  } catch (const Error& error) {
    if (error.is_failure_of_system()) throw;
    config_.reset();
    config_error_ = error;
    const auto* const json = dynamic_cast<const JsonError*>(&error);
    config_fault_ = json != nullptr ? std::optional(json->fault()) : std::nullopt;
  }
}

std::unique_ptr<const ModelConfig> OpenedModel::FindConfig(const std::string& path) {
  std::unique_ptr<const ModelConfig> config;
  // Of what is not there, opening the weights says so.
  if (!places_->MayExist(path)) return config;
  Guarded([&] {
    const auto file = FindConfigFile(path, *places_);
    if (file == nullptr) return;
    config_version_ = file->Version();
    config = ReadModelConfig(*file);
  });
  return config;
}

void OpenedModel::RequireConfig() const {
  if (config_error_) throw Error(*config_error_);
}

std::optional<Said> OpenedModel::config_fault() const {
  if (!config_error_ || config_fault_) return config_fault_;
  return Said{config_error_->message(), config_error_->message()};
}

std::string OpenedModel::TokenizerPlace() const {
  const std::string own = (std::filesystem::path(path()) / "tokenizer.json").string();
  return described_at_ == path() || places_->MayExist(own) ? path() : described_at_;
}

const ByteSource* OpenedModel::TokenizerJson() const {
  const std::lock_guard lock(late_);
  if (!tokenizer_json_) {
    std::shared_ptr<const ByteSource> file;
    const std::string folder = TokenizerPlace();
    const std::string name = (std::filesystem::path(folder) / "tokenizer.json").string();
    if (places_->IsFolder(folder) && places_->MayExist(name)) file = places_->Open(name);
    tokenizer_json_ = std::move(file);
  }
  return tokenizer_json_->get();
}

std::shared_ptr<const Tokenizer> OpenedModel::RequireTokenizer() const {
  const std::lock_guard lock(late_);
  if (tokenizer_error_) throw Error(*tokenizer_error_);
  if (tokenizer_ != nullptr) return tokenizer_;
  try {
    const ByteSource* const json = TokenizerJson();
    tokenizer_ = std::make_shared<const Tokenizer>(
        json != nullptr ? ReadTokenizerJson(*json) : OpenTokenizer(TokenizerPlace(), *places_));
  } catch (const Error& error) {
    // What the system refused just now may be read later.
    if (!error.is_failure_of_system()) tokenizer_error_ = error;
    throw;
  }
  return tokenizer_;
}

std::shared_ptr<const Tokenizer> OpenedModel::tokenizer() const {
  // Of files, those of GGUF have one in them.
  if (!places_->IsFolder(TokenizerPlace()) && checkpoint_.config() == nullptr) return nullptr;
  try {
    return RequireTokenizer();
  } catch (const Error& error) {
    if (error.is_failure_of_system()) throw;
    return nullptr;
  }
}

std::unique_ptr<const TextEncoder> OpenedModel::MakeTextEncoder() const {
  const ByteSource* const json = TokenizerJson();
  return json != nullptr ? ReadTextEncoder(*json) : OpenTextEncoder(TokenizerPlace(), *places_);
}

FileDigests OpenedModel::Digests(bool whole, unsigned threads, Progress& progress) const {
  const std::lock_guard lock(digesting_);
  const std::vector<CheckpointFile>& files = checkpoint_.files();
  if (digests_.headers.size() < files.size()) {
    Progress silent;
    std::vector<std::string> digests;  // all, or none: a later call begins anew
    digests.reserve(files.size());
    for (const CheckpointFile& file : files) {
      digests.push_back(Sha256OfRange(*file.source, 0, file.header_bytes, silent));
    }
    digests_.headers = std::move(digests);
  }
  if (whole && digests_.whole.size() < files.size()) {
    progress.Begin("digesting files", FileBytes(checkpoint_));
    std::vector<std::string> digests(files.size());
    ParallelFor(threads, files.size(), [&](std::size_t i, unsigned) {
      const ByteSource& source = *files[i].source;
      digests[i] = Sha256OfRange(source, 0, source.size_bytes(), progress);
    });
    digests_.whole = std::move(digests);
  }
  return digests_;
}

std::shared_ptr<const OpenedModel> OpenModel(const std::string& path, const OpenOptions& options,
                                             std::shared_ptr<const Places> places) {
  return std::make_shared<const OpenedModel>(path, options, std::move(places));
}

std::optional<Said> ConfigWarning(const OpenedModel& model) {
  const auto fault = model.config_fault();
  if (!fault && (model.spec() != nullptr || model.findings().empty())) return std::nullopt;
  const Said why =
      fault ? Say("config.json {}", "config.json: {}", *fault) : model.findings().front().message;
  return Say("{}: its tensors are paired by name alone", "{}: 텐서를 이름만으로 짝지음", why);
}

}  // namespace modelkin
