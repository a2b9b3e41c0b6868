#include "lineage/trace_state.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <vector>

#include "base/error.h"
#include "base/notice.h"
#include "source/json_document.h"
#include "source/mapped_file.h"
#include "source/sealed_file.h"

namespace modelkin {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kEnding = ".modelkin-state", kKind = "trace state";
constexpr std::string_view kPartial = ".partial-";  // of a file that was not finished
constexpr const char* kFingerprint = "fingerprint";

[[noreturn]] void FailState(ErrorKind kind, const std::string& path, std::string_view message) {
  throw Error(kind, message, {.file = path});
}

// "pair-mlps.modelkin-state", or what was left of writing it.
bool IsItemName(std::string_view name) {
  const std::size_t ending = name.find(kEnding);
  if (ending == 0 || ending == std::string_view::npos) return false;
  const bool plain = std::ranges::all_of(name.substr(0, ending), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-';
  });
  const std::string_view rest = name.substr(ending + kEnding.size());
  return plain && (rest.empty() || rest.starts_with(kPartial));
}

bool IsItem(const fs::path& path) {
  std::error_code failure;
  return IsItemName(path.filename().string()) &&
         fs::symlink_status(path, failure).type() == fs::file_type::regular &&
         IsSealedFile(path.string(), kKind);
}

std::vector<fs::path> EntriesOf(const std::string& folder) {
  std::vector<fs::path> entries;
  std::error_code failure;
  for (auto it = fs::directory_iterator(folder, failure);
       !failure && it != fs::directory_iterator(); it.increment(failure)) {
    entries.push_back(it->path());
  }
  if (failure) {
    FailState(ErrorKind::kIo, folder, fmt::format("cannot list: {}", failure.message()));
  }
  std::ranges::sort(entries);
  return entries;
}

void RemoveItems(const std::vector<fs::path>& entries) {
  for (const fs::path& entry : entries) {
    std::error_code ignored;
    if (IsItem(entry)) fs::remove(entry, ignored);
  }
}

std::string PathOf(const std::string& folder, const std::string& item) {
  return fmt::format("{}/{}{}", folder, item, kEnding);
}

void NotifyOfDamage(const std::string& path) {
  Notify(path, "is damaged: what it held is computed anew");
}

std::string ShareFolder(const std::string& folder, const TraceShare& share) {
  return fmt::format("{}/share-{}-of-{}", folder, share.index, share.count);
}

// "share-2-of-8".
bool IsNamedAsShare(const fs::path& path) {
  std::error_code failure;
  const std::string name = path.filename().string();
  return name.starts_with("share-") && name.find("-of-") != std::string::npos &&
         fs::symlink_status(path, failure).type() == fs::file_type::directory;
}

// With nothing in it but what a trace leaves.
bool IsShareFolder(const fs::path& path) {
  return IsNamedAsShare(path) && std::ranges::all_of(EntriesOf(path.string()), IsItem);
}

void RequireStateOnly(const std::vector<fs::path>& entries) {
  for (const fs::path& entry : entries) {
    if (IsItem(entry)) continue;
    FailState(ErrorKind::kUsage, entry.string(),
              "is nothing that a trace leaves: choose an empty folder, or a new one");
  }
}

// Returns whether it was not there.
bool MakeFolder(const std::string& folder) {
  std::error_code failure;
  const bool made = fs::create_directories(folder, failure);
  if (failure) {
    FailState(ErrorKind::kIo, folder, fmt::format("cannot create: {}", failure.message()));
  }
  return made;
}

}  // namespace

// Of the folder, against another process.
class TraceState::Lock {
 public:
  explicit Lock(const std::string& folder)
      : descriptor_(open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)) {
    if (descriptor_ < 0) {
      FailState(ErrorKind::kIo, folder, fmt::format("cannot open: {}", std::strerror(errno)));
    }
    if (flock(descriptor_, LOCK_EX | LOCK_NB) == 0) return;
    const int reason = errno;
    if (reason == EWOULDBLOCK) {
      close(descriptor_);
      FailState(ErrorKind::kUsage, folder,
                "another trace uses this folder now: wait for it, or choose another one");
    }
    Notify(folder, fmt::format("can't be kept from another trace, as this file system has no locks "
                               "({})",
                               std::strerror(reason)));
  }
  ~Lock() { close(descriptor_); }
  Lock(const Lock&) = delete;
  Lock& operator=(const Lock&) = delete;

 private:
  int descriptor_;
};

TraceState::TraceState() = default;
TraceState::~TraceState() = default;
TraceState::TraceState(TraceState&&) noexcept = default;
TraceState& TraceState::operator=(TraceState&&) noexcept = default;

TraceState::TraceState(const std::string& folder, std::string fingerprint,
                       std::chrono::seconds interval, std::optional<TraceShare> share)
    : root_(folder),
      folder_(share ? ShareFolder(folder, *share) : folder),
      share_(share),
      interval_(interval) {
  bool made_folder = MakeFolder(root_);
  if (share_) {
    // Other shares may be writing theirs just now.
    std::vector<fs::path> entries = EntriesOf(root_);
    std::erase_if(entries, IsNamedAsShare);
    RequireStateOnly(entries);
    made_folder = MakeFolder(folder_);
  }
  lock_ = std::make_unique<Lock>(folder_);
  Begin(fingerprint, made_folder);
  fingerprint_ = std::move(fingerprint);
}

void TraceState::Begin(const std::string& fingerprint, bool made_folder) {
  std::vector<fs::path> entries = EntriesOf(folder_);
  const std::size_t shares = std::erase_if(entries, IsShareFolder);
  RequireStateOnly(entries);
  // Read and written under no fingerprint: it says whose the others are.
  const auto begun_in = [&](const std::string& folder) -> std::optional<bool> {
    const std::optional<nlohmann::json> begun = Read(folder, kFingerprint);
    const bool sensible = begun && begun->is_object() && begun->contains("of") &&
                          begun->value("made_folder", nlohmann::json()).is_boolean();
    if (!sensible) return std::nullopt;
    if (begun->at("of") != fingerprint) {
      FailState(ErrorKind::kUsage, folder,
                "holds the state of another trace, of other models, options or versions of them: "
                "choose another folder, or delete this one");
    }
    return begun->at("made_folder") == true;
  };
  for (const std::string& other : Others()) begun_in(other);
  const std::optional<bool> begun = begun_in(folder_);
  if (!begun && !entries.empty()) {
    Notify(folder_, "does not say which trace left it: the trace begins anew");
    RemoveItems(entries);
  }
  made_folder_ = made_folder || begun.value_or(entries.empty() && shares > 0);
  if (!begun) Save(kFingerprint, {{"of", fingerprint}, {"made_folder", made_folder_}});
}

std::vector<std::string> TraceState::Others() const {
  std::vector<std::string> others;
  if (share_) others.push_back(root_);
  for (const fs::path& entry : EntriesOf(root_)) {
    if (IsShareFolder(entry) && entry != fs::path(folder_)) others.push_back(entry.string());
  }
  return others;
}

std::vector<nlohmann::json> TraceState::LoadAll(const std::string& item) const {
  std::vector<nlohmann::json> values;
  if (!keeps()) return values;
  std::vector<std::string> folders = Others();
  folders.insert(folders.begin(), folder_);
  for (const std::string& folder : folders) {
    std::error_code missing;
    if (!fs::exists(PathOf(folder, item), missing)) continue;
    if (auto value = Read(folder, item)) {
      values.push_back(std::move(*value));
    } else {
      NotifyOfDamage(PathOf(folder, item));
    }
  }
  return values;
}

std::optional<nlohmann::json> TraceState::Load(const std::string& item) const {
  std::vector<nlohmann::json> values = LoadAll(item);
  if (values.empty()) return std::nullopt;
  return std::move(values.front());
}

std::optional<nlohmann::json> TraceState::Read(const std::string& folder,
                                               const std::string& item) const {
  const std::string path = PathOf(folder, item);
  std::error_code missing;
  if (!fs::exists(path, missing)) return std::nullopt;
  const auto file = MapFile(path);
  std::vector<std::byte> scratch;
  const auto bytes = file->Read(0, file->size_bytes(), scratch);
  const auto content = Unsealed({.kind = kKind, .name = item, .inputs = fingerprint_},
                                {reinterpret_cast<const char*>(bytes.data()), bytes.size()});
  if (!content) return std::nullopt;
  try {
    return ParsePackedJson(path, *content);
  } catch (const Error&) {
    return std::nullopt;
  }
}

void TraceState::ReportDamage(const std::string& item) const {
  NotifyOfDamage(PathOf(folder_, item));
}

void TraceState::Save(const std::string& item, const nlohmann::json& value) {
  if (!keeps()) return;
  WriteSealedFile(PathOf(folder_, item), {.kind = kKind, .name = item, .inputs = fingerprint_},
                  PackJson(value));
  saved_ = std::chrono::steady_clock::now();
}

bool TraceState::IsDue() const {
  return keeps() && std::chrono::steady_clock::now() - saved_ >= interval_;
}

void TraceState::Remove() const {
  if (!keeps()) return;
  std::error_code not_empty;
  for (const fs::path& entry : EntriesOf(folder_)) {
    if (!IsShareFolder(entry)) continue;
    RemoveItems(EntriesOf(entry.string()));
    fs::remove(entry, not_empty);
  }
  RemoveItems(EntriesOf(folder_));
  if (made_folder_) fs::remove(folder_, not_empty);
}

bool StateItem::Restore(const std::function<void(const nlohmann::json&)>& take) const {
  const auto value = state == nullptr ? std::nullopt : state->Load(name);
  return value && Take(*value, take);
}

bool StateItem::RestoreAll(const std::function<void(const nlohmann::json&)>& take) const {
  bool taken = false;
  if (state == nullptr) return taken;
  for (const nlohmann::json& value : state->LoadAll(name)) taken |= Take(value, take);
  return taken;
}

bool StateItem::Take(const nlohmann::json& value,
                     const std::function<void(const nlohmann::json&)>& take) const {
  try {
    take(value);
    return true;
  } catch (const nlohmann::json::exception&) {
    state->ReportDamage(name);
  } catch (const std::out_of_range&) {
    state->ReportDamage(name);
  }
  return false;
}

void StateItem::Save(const nlohmann::json& value) const {
  if (state != nullptr) state->Save(name, value);
}

}  // namespace modelkin
