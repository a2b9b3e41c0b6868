#include "checkpoint/checkpoint.h"

#include <algorithm>
#include <iterator>
#include <numeric>
#include <set>
#include <span>
#include <utility>

#include "base/error.h"
#include "base/escaped_text.h"
#include "base/natural_order.h"
#include "storage/file_contents.h"

namespace modelkin {

void Checkpoint::RequireUnchanged() const {
  for (const CheckpointFile& file : files_) file.source->RequireUnchanged();
}

namespace {

// Merges halves, and leaves alone those that are in order: files have long runs of sorted names,
// and what is called anew stays near its place. Then comparisons are few.
void MergeSort(std::span<std::uint32_t> numbers, const auto& less) {
  if (numbers.size() < 2) return;
  const std::size_t half = numbers.size() / 2;
  MergeSort(numbers.first(half), less);
  MergeSort(numbers.subspan(half), less);
  if (!less(numbers[half], numbers[half - 1])) return;
  std::ranges::inplace_merge(numbers, numbers.begin() + static_cast<std::ptrdiff_t>(half), less);
}

// Numbers are sorted, since tensors are large, and then tensors are moved, in place.
void SortByName(std::vector<Tensor>& tensors) {
  std::vector<std::uint32_t> from(tensors.size());
  std::iota(from.begin(), from.end(), 0U);
  MergeSort(from, [&](std::uint32_t i, std::uint32_t j) {
    return NaturalLess(tensors[i].name, tensors[j].name);
  });
  for (std::uint32_t first = 0; first < from.size(); ++first) {
    std::uint32_t to = first;
    while (from[to] != first) {
      std::swap(tensors[to], tensors[from[to]]);
      to = std::exchange(from[to], to);
    }
    from[to] = to;
  }
}

}  // namespace

Checkpoint::Checkpoint(std::string path, std::vector<CheckpointFile> files,
                       std::vector<Tensor> tensors, std::vector<Said> warnings, bool incomplete,
                       std::shared_ptr<const nlohmann::json> config)
    : path_(std::move(path)),
      files_(std::move(files)),
      tensors_(std::move(tensors)),
      warnings_(std::move(warnings)),
      incomplete_(incomplete),
      config_(std::move(config)) {
  tensors_.shrink_to_fit();
  SortByName(tensors_);
  // Several views may be of one stored tensor, which takes its bytes once.
  std::set<std::pair<std::uint32_t, std::uint64_t>> viewed;
  for (const Tensor& tensor : tensors_) {
    total_elements_ += tensor.elements;
    const bool counted =
        tensor.view != nullptr && !viewed.emplace(tensor.file, tensor.offset_bytes).second;
    if (!counted) total_bytes_ += StoredBytes(tensor);
  }
  const auto name_of = [this](std::uint32_t i) -> const std::string& { return tensors_[i].name; };
  by_name_.resize(tensors_.size());
  std::iota(by_name_.begin(), by_name_.end(), 0U);
  MergeSort(by_name_, [&](std::uint32_t i, std::uint32_t j) { return name_of(i) < name_of(j); });
  const auto twice = std::ranges::adjacent_find(by_name_, {}, name_of);
  if (twice == by_name_.end()) return;
  const Tensor &one = tensors_[*twice], &other = tensors_[*std::next(twice)];
  throw Error(
      ErrorKind::kBadInput, "name occurs in two files, also in " + Printable(files_[one.file].name),
      {.file = SourceOf(other).label(), .tensor = other.name, .offset_bytes = other.offset_bytes});
}

const Tensor* Checkpoint::Find(std::string_view name) const {
  const auto found = std::ranges::lower_bound(
      by_name_, name, {}, [this](std::uint32_t i) -> std::string_view { return tensors_[i].name; });
  return found == by_name_.end() || tensors_[*found].name != name ? nullptr : &tensors_[*found];
}

Checkpoint OpenSafetensors(std::shared_ptr<const ByteSource> file) {
  FileContents contents = ReadFileContents(*file);
  MarkStoredForms(contents.tensors);
  const std::string path = file->label();
  const std::string name = path.substr(path.find_last_of('/') + 1);
  std::vector<CheckpointFile> files;
  files.push_back({.name = name, .source = std::move(file), .header_bytes = contents.header_bytes});
  return {path, std::move(files), std::move(contents.tensors), {}};
}

}  // namespace modelkin
