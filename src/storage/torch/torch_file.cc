#include "storage/torch/torch_file.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/escaped_text.h"
#include "source/range_check.h"
#include "storage/torch/state_dict.h"
#include "storage/torch/torch_legacy.h"
#include "storage/torch/torch_tar.h"
#include "storage/torch/torch_tensor.h"
#include "storage/torch/zip_directory.h"

namespace modelkin {
namespace {

using namespace std::string_view_literals;

constexpr std::string_view kPickleName = "data.pkl";
constexpr std::uint64_t kMostByteOrder = 16;  // "little", "big"

// Of a zip archive that torch.save wrote: "model/data.pkl", "model/data/0", ...
class TorchZip {
 public:
  explicit TorchZip(const ByteSource& file) : file_(file), directory_(file) { FindRoot(); }

  FileContents Read() {
    RequireLittleEndian();
    const ZipEntry& entry = *directory_.Find(root_ + std::string(kPickleName));
    if (entry.is_implied) RequireLocalHeader(file_, entry);
    const Pickle pickle(file_, entry.offset_bytes);
    if (pickle.end_bytes() > entry.offset_bytes + entry.size_bytes) {
      FailTorch(file_.label(), entry.offset_bytes, "its pickle reaches beyond its entry");
    }
    const StoragePlaces places = Storages();
    StateDict weights = ChooseStateDict(file_.label(), pickle, IsTorchTensor);
    contents_.warnings = std::move(weights.warnings);
    for (StateDict::Entry& tensor : weights.tensors) {
      contents_.tensors.push_back(
          ReadTorchTensor(file_.label(), pickle, tensor.value, tensor.name, places));
    }
    return std::move(contents_);
  }

 private:
  void FindRoot() {
    std::size_t found = 0;
    for (const ZipEntry& entry : directory_.entries()) {
      const std::string_view name = entry.name;
      if (!name.ends_with(kPickleName)) continue;
      const std::string_view root = name.substr(0, name.size() - kPickleName.size());
      const bool is_first = root.empty() || root.find('/') == root.size() - 1;
      if (!is_first) continue;
      root_ = root;
      ++found;
    }
    if (found == 1 && directory_.Find(root_ + "constants.pkl") != nullptr) {
      FailTorch(file_.label(), 0,
                "is a TorchScript archive, which holds a program and not weights alone: save its "
                "state_dict() by torch.save");
    }
    if (found == 1) return;
    FailTorch(file_.label(), 0,
              found == 0 ? "is a zip archive without data.pkl, and so none of torch.save"
                         : "is a zip archive with several data.pkl");
  }

  void RequireLittleEndian() const {
    const ZipEntry* const entry = directory_.Find(root_ + "byteorder");
    if (entry == nullptr) return;  // before torch 2.1
    if (entry->is_implied) RequireLocalHeader(file_, *entry);
    std::vector<std::byte> scratch;
    const auto bytes =
        file_.Read(entry->offset_bytes, std::min(entry->size_bytes, kMostByteOrder), scratch);
    const std::string_view order(reinterpret_cast<const char*>(bytes.data()), bytes.size());
    if (order == "little") return;
    FailTorch(file_.label(), entry->offset_bytes,
              fmt::format("its numbers are of byte order \"{}\", which is not read here: save it "
                          "again on a machine of the usual order",
                          Printable(order)));
  }

  StoragePlaces Storages() {
    const std::string folder = root_ + "data/";
    StoragePlaces places;
    contents_.header_bytes = file_.size_bytes();
    for (const ZipEntry& entry : directory_.entries()) {
      if (!entry.name.starts_with(folder)) continue;
      const StoragePlace place{.offset_bytes = entry.offset_bytes,
                               .length_bytes = entry.size_bytes};
      places.emplace(entry.name.substr(folder.size()), place);
      contents_.header_bytes = std::min(contents_.header_bytes, entry.offset_bytes);
      if (!entry.is_implied || entry.size_bytes == 0) continue;
      contents_.late_checks.push_back(
          {.begin_bytes = place.offset_bytes,
           .end_bytes = place.offset_bytes + place.length_bytes,
           .require = [entry](const ByteSource& file) { RequireLocalHeader(file, entry); }});
    }
    return places;
  }

  const ByteSource& file_;
  ZipDirectory directory_;
  std::string root_;
  FileContents contents_;
};

}  // namespace

bool IsTorchFile(std::string_view head) {
  if (head.starts_with("PK\x03\x04"sv)) return true;
  if (head.size() >= 2 && head[0] == '\x80') return head[1] >= 2 && head[1] <= 5;
  return IsTarFile(head);
}

FileContents ReadTorchFile(const ByteSource& file) {
  std::vector<std::byte> scratch;
  const auto bytes =
      file.Read(0, std::min<std::uint64_t>(file.size_bytes(), kTarHeadBytes), scratch);
  const std::string_view head(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  FileContents contents = head.starts_with("PK"sv) ? TorchZip(file).Read()
                          : IsTarFile(head)        ? ReadTorchTar(file)
                                                   : ReadTorchPickles(file);
  std::ranges::stable_sort(contents.tensors, {}, &Tensor::offset_bytes);
  return contents;
}

}  // namespace modelkin
