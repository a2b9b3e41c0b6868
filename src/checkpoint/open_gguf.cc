#include "checkpoint/open_gguf.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cctype>
#include <filesystem>

#include "base/error.h"
#include "base/escaped_text.h"
#include "checkpoint/shard_set.h"

namespace modelkin {
namespace {

constexpr std::size_t kMostNamed = 20;

[[noreturn]] void FailGguf(const std::string& file, std::string_view message) {
  throw Error(ErrorKind::kBadInput, message, {.file = file});
}

Said NamesOf(const std::vector<std::string>& files) {
  std::vector<std::string> names;
  names.reserve(files.size());
  for (const std::string& file : files) names.push_back(Printable(file));
  return ListSaid(names, kMostNamed);
}

// Parts of a model that lie in files of their own, and what quantisers are told by.
bool IsBesideAModel(const ShardSet& set) {
  std::string name = set.stem;
  std::ranges::transform(name, name.begin(), [](unsigned char c) { return std::tolower(c); });
  return name.find("mmproj") != std::string::npos || name.starts_with("imatrix");
}

// Adds files of one model, and checks what they say of each other.
class GgufSetAdder {
 public:
  GgufSetAdder(std::string path, const OpenOptions& options, CatalogueBuilder& builder)
      : path_(std::move(path)), options_(options), builder_(builder) {}

  void Add(const std::filesystem::path& folder, const ShardSet& set) {
    Expect(set.missing);
    for (const std::string& file : set.files) AddOne(folder / file, set.files.size());
    if (set.missing.empty() && expected_tensors_ && *expected_tensors_ != tensors_) {
      FailGguf(path_, fmt::format("its files hold {} tensors together, and the first says {}",
                                  tensors_, *expected_tensors_));
    }
  }

 private:
  void Expect(const std::vector<std::string>& missing) {
    if (missing.empty()) return;
    const Said message = Say("missing by the names of the other files: {}",
                             "다른 파일의 이름으로 보아 없는 파일: {}", NamesOf(missing));
    if (!options_.partial) FailGguf(path_, message.english);
    builder_.WarnOfMissing(message);
  }

  void AddOne(const std::filesystem::path& path, std::size_t files) {
    tensors_ += builder_.Add(path).size();
    const GgufFile* const gguf = builder_.last_gguf();
    if (gguf == nullptr) return;  // of another format, whatever its name
    const auto shard = ParseShardName(path.filename().string());
    const std::uint32_t of = shard ? shard->of : 1;
    if (gguf->splits == 1 && of == 1) return;
    if (!shard) {
      builder_.WarnOfMissing(Say(
          "{} is one of {} files of a model (split.count), which its name does not say: the "
          "others are not read",
          "{}은(는) 파일 {}개로 된 모델의 하나(split.count)이나 이름에는 드러나지 않음: 나머지는 "
          "읽지 않음",
          Printable(path.filename().string()), gguf->splits));
      return;
    }
    if (gguf->splits != of || gguf->split + 1 != shard->number) {
      FailGguf(path.string(),
               fmt::format("says that it is file {} of {}, which its name contradicts",
                           gguf->split + 1, gguf->splits));
    }
    if (files > 1 && gguf->split == 0) expected_tensors_ = gguf->tensors_of_all_splits;
  }

  std::string path_;
  const OpenOptions& options_;
  CatalogueBuilder& builder_;
  std::uint64_t tensors_ = 0;
  std::optional<std::uint64_t> expected_tensors_;
};

}  // namespace

void AddGgufOfFolder(const std::string& folder, const std::vector<std::string>& files,
                     const OpenOptions& options, CatalogueBuilder& builder) {
  std::vector<ShardSet> sets = ShardSetsOf(files);
  const auto beside = std::ranges::stable_partition(sets, std::not_fn(IsBesideAModel));
  if (beside.begin() != sets.begin()) {
    for (const ShardSet& set : beside) {
      builder.Warn(Say("left out, as a projector or an importance matrix beside the model: {}",
                       "모델 옆의 프로젝터나 중요도 행렬이라 제외함: {}", NamesOf(set.files)));
    }
    sets.erase(beside.begin(), beside.end());
  }
  if (sets.size() > 1) {
    std::vector<std::string> firsts;
    firsts.reserve(sets.size());
    for (const ShardSet& set : sets) firsts.push_back(set.files.front());
    FailGguf(folder, fmt::format("holds {} models in GGUF files ({}): name one of them",
                                 sets.size(), NamesOf(firsts).english));
  }
  GgufSetAdder(folder, options, builder).Add(folder, sets.front());
}

void AddGgufFile(const std::string& path, const OpenOptions& options, const Places& places,
                 CatalogueBuilder& builder) {
  const std::filesystem::path file(path);
  ShardSet set = ShardSetsOf({file.filename().string()}).front();
  std::vector<std::string> missing;
  for (std::string& other : set.missing) {
    const bool there = places.MayExist((file.parent_path() / other).string());
    (there ? set.files : missing).push_back(std::move(other));
  }
  std::ranges::sort(set.files);
  set.missing = std::move(missing);
  GgufSetAdder(path, options, builder).Add(file.parent_path(), set);
}

}  // namespace modelkin
