#include "storage/torch/torch_legacy.h"

#include <fmt/format.h>

#include "base/checked_arithmetic.h"
#include "base/escaped_text.h"
#include "source/range_check.h"
#include "storage/torch/little_endian.h"
#include "storage/torch/pickle.h"
#include "storage/torch/state_dict.h"
#include "storage/torch/torch_tensor.h"

namespace modelkin {
namespace {

constexpr std::string_view kTorchMagic = "\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19";
constexpr std::int64_t kTorchVersion = 1001;
constexpr std::uint64_t kCountBytes = 8;  // before each storage: its elements

class TorchPickles {
 public:
  explicit TorchPickles(const ByteSource& file) : file_(file) {}

  FileContents Read() {
    std::uint64_t at = ReadPreamble();
    const Pickle object(file_, at);
    const Pickle keys(file_, object.end_bytes());
    contents_.header_bytes = keys.end_bytes();
    const StoragePlaces places = Storages(object, keys);
    StateDict weights = ChooseStateDict(file_.label(), object, IsTorchTensor);
    contents_.warnings = std::move(weights.warnings);
    for (StateDict::Entry& tensor : weights.tensors) {
      contents_.tensors.push_back(
          ReadTorchTensor(file_.label(), object, tensor.value, tensor.name, places));
    }
    return std::move(contents_);
  }

 private:
  [[noreturn]] void Fail(std::uint64_t at, std::string_view message) const {
    FailTorch(file_.label(), at, message);
  }

  // Returns where the object begins.
  std::uint64_t ReadPreamble() const {
    const Pickle magic(file_, 0);
    if (magic.root().kind != PickleKind::kBytes || magic.Text(magic.root()) != kTorchMagic) {
      Fail(0, "is a Python pickle that torch.save did not write: no weights are read of it");
    }
    const Pickle version(file_, magic.end_bytes());
    if (version.root().kind != PickleKind::kInt || version.root().number != kTorchVersion) {
      Fail(version.offset_bytes(), "is of a version of torch's format that is not known");
    }
    const Pickle machine(file_, version.end_bytes());
    const auto pairs = machine.Pairs(machine.root());
    for (std::size_t i = 0; pairs && i + 1 < pairs->size(); i += 2) {
      const PickleValue &key = (*pairs)[i], &value = (*pairs)[i + 1];
      const bool is_order = key.kind == PickleKind::kText && machine.Text(key) == "little_endian";
      if (is_order && (value.kind != PickleKind::kBool || value.number == 0)) {
        Fail(machine.offset_bytes(),
             "its numbers are of the big-endian byte order, which is not read here: save it again "
             "on a machine of the usual order");
      }
    }
    return machine.end_bytes();
  }

  // What the object says of each of its storages.
  std::map<std::string, StorageId> StorageIds(const Pickle& object) const {
    std::map<std::string, StorageId> ids;
    for (const PickleValue& id : object.persistent()) {
      auto storage = ReadStorageId(file_.label(), object, id);
      if (!storage) Fail(object.offset_bytes(), "refers to what is no storage");
      const auto [found, fresh] = ids.emplace(storage->key, *storage);
      if (found->second.elements != storage->elements || found->second.width != storage->width) {
        Fail(object.offset_bytes(),
             fmt::format("describes storage \"{}\" in two ways", Printable(storage->key)));
      }
    }
    return ids;
  }

  StoragePlaces Storages(const Pickle& object, const Pickle& keys) {
    const std::map<std::string, StorageId> ids = StorageIds(object);
    if (keys.root().kind != PickleKind::kList) Fail(keys.offset_bytes(), "lists no storages");
    std::uint64_t at = keys.end_bytes();
    StoragePlaces places;
    for (const PickleValue& value : keys.Container(keys.root()).items) {
      const std::string key = value.kind == PickleKind::kText  ? std::string(keys.Text(value))
                              : value.kind == PickleKind::kInt ? fmt::format("{}", value.number)
                                                               : std::string();
      const auto found = ids.find(key);
      if (found == ids.end()) {
        Fail(keys.offset_bytes(),
             fmt::format("lists storage \"{}\", which no tensor has", Printable(key)));
      }
      const auto bytes = CheckedMultiply(found->second.elements, found->second.width);
      const auto begin = CheckedAdd(at, kCountBytes);
      const auto end = bytes && begin ? CheckedAdd(*begin, *bytes) : std::nullopt;
      if (!end || *end > file_.size_bytes()) {
        Fail(std::min(at, file_.size_bytes()),
             fmt::format("storage \"{}\" of {} elements reaches past the file's end (cut off?)",
                         Printable(key), found->second.elements));
      }
      if (!places.emplace(key, StoragePlace{.offset_bytes = *begin, .length_bytes = *bytes})
               .second) {
        Fail(keys.offset_bytes(), fmt::format("lists storage \"{}\" twice", Printable(key)));
      }
      CheckCount(at, *end, found->second.elements);
      at = *end;
    }
    return places;
  }

  // Now, where that moves nothing over a network; else when the storage is read.
  void CheckCount(std::uint64_t at, std::uint64_t end, std::uint64_t elements) {
    const auto require = [at, elements](const ByteSource& file) {
      std::vector<std::byte> scratch;
      const auto counted = LittleEndian<std::uint64_t>(file.Read(at, kCountBytes, scratch), 0);
      RequireNothingLost(file);
      if (counted == elements) return;
      FailTorch(file.label(), at,
                fmt::format("a storage has {} elements here, and {} where it is described", counted,
                            elements));
    };
    if (file_.BytesToMove(at, kCountBytes) == 0) return require(file_);
    contents_.late_checks.push_back(
        {.begin_bytes = at + kCountBytes, .end_bytes = end, .require = require});
  }

  const ByteSource& file_;
  FileContents contents_;
};

}  // namespace

FileContents ReadTorchPickles(const ByteSource& file) { return TorchPickles(file).Read(); }

}  // namespace modelkin
