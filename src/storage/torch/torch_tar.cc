#include "storage/torch/torch_tar.h"

#include <fmt/format.h>

#include <map>

#include "base/checked_arithmetic.h"
#include "base/escaped_text.h"
#include "source/range_check.h"
#include "storage/safetensors.h"
#include "storage/torch/little_endian.h"
#include "storage/torch/pickle.h"
#include "storage/torch/state_dict.h"
#include "storage/torch/torch_tensor.h"

namespace modelkin {
namespace {

constexpr std::uint64_t kTarBlock = 512;
constexpr std::size_t kMostMembers = 16;
constexpr std::uint64_t kMostPickled = 1'000'000;  // storages and tensors, each with own pickles

// A tensor's key means one of these, or a storage.
bool IsTarTensor(const Pickle& pickle, const PickleValue& value) {
  return value.kind == PickleKind::kPersistent || IsTorchTensor(pickle, value);
}

std::string TarKey(const Pickle& pickle, const PickleValue& value) {
  if (value.kind == PickleKind::kInt) return fmt::format("{}", value.number);
  if (value.kind == PickleKind::kText) return std::string(pickle.Text(value));
  return "";
}

class TorchTar {
 public:
  explicit TorchTar(const ByteSource& file) : file_(file) { FindMembers(); }

  FileContents Read() {
    ReadStorages(Member("storages"));
    ReadTensors(Member("tensors"));
    const Pickle object(file_, Member("pickle").offset_bytes);
    StateDict weights = ChooseStateDict(file_.label(), object, IsTarTensor);
    contents_.warnings = std::move(weights.warnings);
    for (StateDict::Entry& tensor : weights.tensors) {
      contents_.tensors.push_back(TensorOf(object, tensor.value, std::move(tensor.name)));
    }
    return std::move(contents_);
  }

 private:
  struct TarTensor {
    std::uint64_t at_bytes = 0;
    StridedTensor piece;
    StoragePlace storage;
  };
  struct Storage {
    StoragePlace place;
    std::string type_name;
  };

  [[noreturn]] void Fail(std::uint64_t at, std::string_view message) const {
    FailTorch(file_.label(), std::min(at, file_.size_bytes()), message);
  }

  std::span<const std::byte> Bytes(std::uint64_t at, std::uint64_t length) {
    const auto end = CheckedAdd(at, length);
    if (!end || *end > file_.size_bytes()) Fail(at, "the archive is cut off");
    const auto bytes = file_.Read(at, length, scratch_);
    RequireNothingLost(file_);
    return bytes;
  }

  // Of ustar: a name, and at byte 124 the size in octal digits.
  void FindMembers() {
    for (std::uint64_t at = 0; at + kTarBlock <= file_.size_bytes();) {
      const auto block = Bytes(at, kTarBlock);
      const std::string_view text(reinterpret_cast<const char*>(block.data()), kTarBlock);
      const std::string_view name = text.substr(0, text.substr(0, 100).find('\0'));
      if (name.empty()) break;
      std::uint64_t size = 0;
      for (const char digit : text.substr(124, 12)) {
        if (digit >= '0' && digit <= '7') {
          size = size * 8 + static_cast<std::uint64_t>(digit - '0');
        } else if (digit != ' ' && digit != '\0') {
          Fail(at, "a member of the archive has a size that is no octal number");
        }
      }
      const std::uint64_t begin = at + kTarBlock;
      if (size > file_.size_bytes() - begin) {
        Fail(at, fmt::format("member \"{}\" of the archive reaches past the file's end (cut off?)",
                             Printable(name, 64)));
      }
      const bool is_file = text[156] == '0' || text[156] == '\0';
      const StoragePlace place{.offset_bytes = begin, .length_bytes = size};
      if (is_file && !members_.emplace(std::string(name), place).second) {
        Fail(at, fmt::format("member \"{}\" of the archive occurs twice", Printable(name, 64)));
      }
      if (members_.size() > kMostMembers) Fail(at, "is a tar archive, but none of torch.save");
      at = begin + (size + kTarBlock - 1) / kTarBlock * kTarBlock;
    }
  }

  StoragePlace Member(std::string_view name) const {
    const auto found = members_.find(name);
    if (found != members_.end()) return found->second;
    Fail(0, fmt::format("is a tar archive without \"{}\", and so none of torch.save", name));
  }

  std::uint64_t ReadNumber(std::uint64_t& at, const char* what) const {
    const Pickle number(file_, at);
    at = number.end_bytes();
    const auto count = static_cast<std::uint64_t>(number.root().number);
    if (number.root().kind != PickleKind::kInt || count > kMostPickled) {
      Fail(number.offset_bytes(), fmt::format("does not say how many {} there are", what));
    }
    return count;
  }

  // A tuple that a pickle holds alone.
  const std::vector<PickleValue>& Tuple(const Pickle& pickle, std::size_t size) const {
    const bool fits =
        (pickle.root().kind == PickleKind::kTuple || pickle.root().kind == PickleKind::kList) &&
        pickle.Container(pickle.root()).items.size() >= size;
    if (!fits) Fail(pickle.offset_bytes(), "a tensor or storage is described by what is none");
    return pickle.Container(pickle.root()).items;
  }

  void ReadStorages(const StoragePlace& member) {
    std::uint64_t at = member.offset_bytes;
    const std::uint64_t count = ReadNumber(at, "storages");
    contents_.header_bytes = at;
    for (std::uint64_t i = 0; i < count; ++i) {
      const Pickle described(file_, at);
      const std::vector<PickleValue>& items = Tuple(described, 3);
      if (items[2].kind != PickleKind::kGlobal ||
          described.Global(items[2]).meaning != TorchGlobal::kStorage) {
        Fail(at, "a storage has no type");
      }
      const std::string type(described.Global(items[2]).name);
      at = described.end_bytes();
      const auto elements = LittleEndian<std::uint64_t>(Bytes(at, 8), 0);
      const auto bytes = CheckedMultiply(elements, *WidthOfTorchStorage(type));
      if (!bytes || *bytes > file_.size_bytes() - at - 8) {
        Fail(at, "a storage reaches past the file's end (cut off?)");
      }
      AddStorage(at, TarKey(described, items[0]),
                 {.place = {.offset_bytes = at + 8, .length_bytes = *bytes}, .type_name = type});
      at += 8 + *bytes;
    }
    ReadParts(at);
  }

  void AddStorage(std::uint64_t at, const std::string& key, Storage storage) {
    if (key.empty() || !storages_.emplace(key, std::move(storage)).second) {
      Fail(at, fmt::format("storage \"{}\" occurs twice", Printable(key)));
    }
  }

  void ReadParts(std::uint64_t at) {
    const Pickle parts(file_, at);
    for (const PickleValue& part : Tuple(parts, 0)) {
      if (part.kind != PickleKind::kTuple || parts.Container(part).items.size() != 4) {
        Fail(at, "a part of a storage is described by what is none");
      }
      const std::vector<PickleValue>& items = parts.Container(part).items;
      const auto whole = storages_.find(TarKey(parts, items[1]));
      if (whole == storages_.end() || items[2].kind != PickleKind::kInt ||
          items[3].kind != PickleKind::kInt) {
        Fail(at, "a part of a storage is of none");
      }
      Storage storage = whole->second;
      const std::uint64_t width = *WidthOfTorchStorage(storage.type_name);
      const auto offset = CheckedMultiply(static_cast<std::uint64_t>(items[2].number), width);
      const auto length = CheckedMultiply(static_cast<std::uint64_t>(items[3].number), width);
      const auto end = offset && length ? CheckedAdd(*offset, *length) : std::nullopt;
      if (!end || *end > storage.place.length_bytes) {
        Fail(at, "a part of a storage reaches beyond it");
      }
      storage.place.offset_bytes += *offset;
      storage.place.length_bytes = *length;
      AddStorage(at, TarKey(parts, items[0]), std::move(storage));
    }
  }

  void ReadTensors(const StoragePlace& member) {
    std::uint64_t at = member.offset_bytes;
    const std::uint64_t count = ReadNumber(at, "tensors");
    for (std::uint64_t i = 0; i < count; ++i) {
      const Pickle described(file_, at);
      const std::vector<PickleValue>& items = Tuple(described, 2);
      const std::string key = TarKey(described, items[0]);
      const auto storage = storages_.find(TarKey(described, items[1]));
      if (storage == storages_.end()) Fail(at, "a tensor has no storage");
      TarTensor tensor{.at_bytes = at, .piece = {}, .storage = storage->second.place};
      tensor.piece.dtype_name = storage->second.type_name;
      tensor.piece.dtype = TypeOfTorchStorage(storage->second.type_name);
      at = described.end_bytes();
      const std::uint64_t rank = LittleEndian<std::uint32_t>(Bytes(at, 8), 0);
      if (rank > kMaxTensorRank) Fail(at, fmt::format("a tensor has {} dimensions", rank));
      const auto numbers = Bytes(at + 8, 8 * (2 * rank + 1));
      for (std::uint64_t k = 0; k < 2 * rank; ++k) {
        Shape& to = k < rank ? tensor.piece.sizes : tensor.piece.strides;
        to.push_back(LittleEndian<std::uint64_t>(numbers, 8 * k));
      }
      tensor.piece.offset = LittleEndian<std::uint64_t>(numbers, 16 * rank);
      if (!tensors_.emplace(key, std::move(tensor)).second) Fail(at, "a tensor occurs twice");
      at += 8 + 8 * (2 * rank + 1);
    }
  }

  Tensor TensorOf(const Pickle& object, PickleValue value, std::string name) const {
    const auto called = object.Called(value);
    if (called == TorchGlobal::kRebuildParameter) {
      const PickleContainer& call = object.Container(value);
      const std::vector<PickleValue>& arguments = object.Container(call.items[1]).items;
      if (!call.has_state && !arguments.empty()) value = arguments[0];
    }
    const std::uint64_t at = object.offset_bytes() + object.Container(value).offset_bytes;
    if (value.kind != PickleKind::kPersistent) {
      FailTorch(file_.label(), at, "is made in a way that is not read here", name);
    }
    const auto found = tensors_.find(TarKey(object, object.Container(value).items[0]));
    if (found == tensors_.end()) {
      FailTorch(file_.label(), at, "is not among the archive's tensors", name);
    }
    const TarTensor& tensor = found->second;
    if (!tensor.piece.dtype) {
      FailTorch(file_.label(), tensor.at_bytes,
                fmt::format("is of {}, which is not read here", tensor.piece.dtype_name), name);
    }
    return MakeStridedTensor(file_.label(), tensor.at_bytes, std::move(name), tensor.piece,
                             tensor.storage);
  }

  const ByteSource& file_;
  std::vector<std::byte> scratch_;
  std::map<std::string, StoragePlace, std::less<>> members_;
  std::map<std::string, Storage> storages_;
  std::map<std::string, TarTensor> tensors_;
  FileContents contents_;
};

}  // namespace

bool IsTarFile(std::string_view head) {
  return head.size() >= 262 && head.substr(257, 5) == "ustar";
}

FileContents ReadTorchTar(const ByteSource& file) { return TorchTar(file).Read(); }

}  // namespace modelkin
