#include "storage/torch/torch_tensor.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/checked_arithmetic.h"
#include "base/error.h"
#include "base/escaped_text.h"
#include "storage/safetensors.h"

namespace modelkin {
namespace {

constexpr int kMostNested = 4;  // parameters of parameters

// Key of a storage, which is text, or a number in the oldest files.
std::optional<std::string> KeyOf(const Pickle& pickle, const PickleValue& value) {
  if (value.kind == PickleKind::kText) return std::string(pickle.Text(value));
  if (value.kind == PickleKind::kInt) return fmt::format("{}", value.number);
  return std::nullopt;
}

std::optional<std::uint64_t> SizeOf(const PickleValue& value) {
  if (value.kind != PickleKind::kInt || value.number < 0) return std::nullopt;
  return static_cast<std::uint64_t>(value.number);
}

// A tuple of whole numbers, or torch.Size of one.
std::optional<Shape> SizesOf(const Pickle& pickle, const PickleValue& value) {
  if (pickle.Called(value) == TorchGlobal::kSize) {
    const std::vector<PickleValue>& arguments =
        pickle.Container(pickle.Container(value).items[1]).items;
    if (arguments.size() != 1 || arguments[0].kind != PickleKind::kTuple) return std::nullopt;
    return SizesOf(pickle, arguments[0]);
  }
  if (value.kind != PickleKind::kTuple) return std::nullopt;
  Shape sizes;
  for (const PickleValue& item : pickle.Container(value).items) {
    const auto size = SizeOf(item);
    if (!size) return std::nullopt;
    sizes.push_back(*size);
  }
  return sizes;
}

// Of one tensor that is under way.
class TensorParser {
 public:
  TensorParser(const std::string& label, const Pickle& pickle, const std::string& name,
               const StoragePlaces& places)
      : label_(label), pickle_(pickle), name_(name), places_(places) {}

  Tensor Read(const PickleValue& value) {
    PickleValue call = value;
    for (int depth = 0; depth < kMostNested; ++depth) {
      const auto meaning = pickle_.Called(call);
      if (!meaning) break;
      at_ = pickle_.offset_bytes() + pickle_.Container(call).offset_bytes;
      if (pickle_.Container(call).has_state) Fail("is changed after it is made");
      const PickleValue& function = pickle_.Container(call).items[0];
      std::span<const PickleValue> arguments =
          pickle_.Container(pickle_.Container(call).items[1]).items;
      switch (*meaning) {
        case TorchGlobal::kRebuildTensor:
        case TorchGlobal::kRebuildTensorV2:
        case TorchGlobal::kRebuildTensorV3: return ReadStrided(*meaning, arguments);
        case TorchGlobal::kRebuildParameter:
          if (arguments.empty()) Fail("is a parameter of nothing");
          call = arguments[0];
          continue;
        case TorchGlobal::kRebuildFromType: {
          if (arguments.size() < 3 || arguments[0].kind != PickleKind::kGlobal ||
              arguments[2].kind != PickleKind::kTuple) {
            Fail("is made of what is no tensor");
          }
          const auto made = pickle_.Global(arguments[0]).meaning;
          arguments = pickle_.Container(arguments[2]).items;
          if (made == TorchGlobal::kRebuildParameter && !arguments.empty()) {
            call = arguments[0];
            continue;
          }
          return ReadStrided(made, arguments);
        }
        default:
          Fail(fmt::format("is made by {}, which is not read here: save it as a dense tensor",
                           Printable(pickle_.Global(function).name)));
      }
    }
    Fail("is no tensor");
  }

 private:
  [[noreturn]] void Fail(std::string_view message) const { FailTorch(label_, at_, message, name_); }

  // By the function that makes it: (storage, offset, sizes, strides, ...).
  Tensor ReadStrided(TorchGlobal function, std::span<const PickleValue> arguments) const {
    const bool plain = function == TorchGlobal::kRebuildTensor;
    const bool typed = function == TorchGlobal::kRebuildTensorV3;
    if (!plain && !typed && function != TorchGlobal::kRebuildTensorV2) Fail("is no dense tensor");
    const std::size_t needed = plain ? 4 : typed ? 7 : 6;
    if (arguments.size() < needed) Fail(fmt::format("has {} arguments", arguments.size()));
    if (arguments.size() > needed) RequireNoMetadata(arguments[needed]);
    if (arguments[0].kind != PickleKind::kPersistent) Fail("has no storage");
    const auto storage =
        ReadStorageId(label_, pickle_, pickle_.Container(arguments[0]).items.front());
    const auto offset = SizeOf(arguments[1]);
    auto sizes = SizesOf(pickle_, arguments[2]), strides = SizesOf(pickle_, arguments[3]);
    if (!storage) Fail("has no storage");
    if (!offset || !sizes || !strides) {
      Fail("has an offset, a size or a stride that is no whole number from 0 on");
    }
    StridedTensor piece{.dtype = TypeOfTorchStorage(storage->type_name),
                        .dtype_name = storage->type_name,
                        .offset = *offset,
                        .sizes = std::move(*sizes),
                        .strides = std::move(*strides)};
    if (typed) TakeType(arguments[6], piece);
    if (!piece.dtype) {
      Fail(fmt::format("is of {}, which is not read here", Printable(piece.dtype_name)));
    }
    return MakeStridedTensor(label_, at_, name_, piece, PlaceOf(*storage));
  }

  void TakeType(const PickleValue& value, StridedTensor& piece) const {
    if (value.kind != PickleKind::kGlobal || pickle_.Global(value).meaning != TorchGlobal::kType) {
      Fail("has a type that is none");
    }
    piece.dtype_name = pickle_.Global(value).name;
    piece.dtype = TypeOfTorchDtype(piece.dtype_name);
  }

  // Marks of a view that is to be conjugated or negated where it is read.
  void RequireNoMetadata(const PickleValue& metadata) const {
    if (metadata.kind == PickleKind::kNone) return;
    if (metadata.kind == PickleKind::kDict && pickle_.Container(metadata).items.empty()) return;
    Fail("is a conjugate or negative view, which is not read here");
  }

  StoragePlace PlaceOf(const StorageId& storage) const {
    const auto found = places_.find(storage.key);
    if (found == places_.end()) {
      Fail(fmt::format("has storage \"{}\", which the file lacks", Printable(storage.key)));
    }
    StoragePlace place = found->second;
    const auto bytes = CheckedMultiply(storage.elements, storage.width);
    if (bytes != place.length_bytes) {
      Fail(fmt::format("has storage \"{}\" of {} elements of {} bytes, which takes {} in the file",
                       Printable(storage.key), storage.elements, storage.width,
                       place.length_bytes));
    }
    if (storage.view_key.empty()) return place;
    const auto end = CheckedAdd(storage.view_offset, storage.view_elements);
    if (!end || *end > storage.elements) Fail("has a part of a storage that reaches beyond it");
    place.offset_bytes += storage.view_offset * storage.width;
    place.length_bytes = storage.view_elements * storage.width;
    return place;
  }

  const std::string& label_;
  const Pickle& pickle_;
  const std::string& name_;
  const StoragePlaces& places_;
  std::uint64_t at_ = 0;  // in the file, of the call that makes it
};

}  // namespace

void FailTorch(const std::string& label, std::uint64_t offset_bytes, std::string_view message,
               const std::string& tensor) {
  throw Error(ErrorKind::kBadInput, message,
              {.file = label, .tensor = tensor, .offset_bytes = offset_bytes});
}

std::optional<StorageId> ReadStorageId(const std::string& label, const Pickle& pickle,
                                       const PickleValue& id) {
  if (id.kind != PickleKind::kTuple) return std::nullopt;
  const PickleContainer& container = pickle.Container(id);
  const std::vector<PickleValue>& items = container.items;
  if (items.empty() || items[0].kind != PickleKind::kText || pickle.Text(items[0]) != "storage") {
    return std::nullopt;
  }
  const std::uint64_t at = pickle.offset_bytes() + container.offset_bytes;
  const auto fail = [&](std::string_view message) { FailTorch(label, at, message); };
  if (items.size() < 5) fail("a storage is described by too little");
  const bool is_type = items[1].kind == PickleKind::kGlobal &&
                       pickle.Global(items[1]).meaning == TorchGlobal::kStorage;
  const auto key = KeyOf(pickle, items[2]);
  const auto elements = SizeOf(items[4]);
  if (!is_type || !key || !elements) fail("a storage has no type, key or size");
  StorageId storage{.key = *key,
                    .type_name = pickle.Global(items[1]).name,
                    .elements = *elements,
                    .width = *WidthOfTorchStorage(pickle.Global(items[1]).name),
                    .view_key = {}};
  if (items.size() < 6 || items[5].kind == PickleKind::kNone) return storage;
  if (items[5].kind != PickleKind::kTuple || pickle.Container(items[5]).items.size() != 3) {
    fail("a part of a storage is described by what is none");
  }
  const std::vector<PickleValue>& view = pickle.Container(items[5]).items;
  const auto view_key = KeyOf(pickle, view[0]);
  const auto offset = SizeOf(view[1]), size = SizeOf(view[2]);
  if (!view_key || view_key->empty() || !offset || !size) {
    fail("a part of a storage has no key, place or size");
  }
  storage.view_key = *view_key;
  storage.view_offset = *offset;
  storage.view_elements = *size;
  return storage;
}

bool IsTorchTensor(const Pickle& pickle, const PickleValue& value) {
  const auto meaning = pickle.Called(value);
  if (!meaning) return false;
  switch (*meaning) {
    case TorchGlobal::kRebuildTensor:
    case TorchGlobal::kRebuildTensorV2:
    case TorchGlobal::kRebuildTensorV3:
    case TorchGlobal::kRebuildParameter:
    case TorchGlobal::kRebuildFromType:
    case TorchGlobal::kOtherTensor: return true;
    default: return false;
  }
}

Tensor ReadTorchTensor(const std::string& label, const Pickle& pickle, const PickleValue& value,
                       const std::string& name, const StoragePlaces& places) {
  return TensorParser(label, pickle, name, places).Read(value);
}

Tensor MakeStridedTensor(const std::string& label, std::uint64_t at_bytes, std::string name,
                         const StridedTensor& piece, const StoragePlace& storage) {
  const auto fail = [&](std::string_view message) { FailTorch(label, at_bytes, message, name); };
  const std::size_t rank = piece.sizes.size();
  if (piece.strides.size() != rank) fail("has not as many strides as dimensions");
  if (rank > kMaxTensorRank) fail(fmt::format("has {} dimensions", rank));
  const auto elements = ElementCount(piece.sizes);
  if (!elements) fail(fmt::format("shape {} overflows 64 bits", ShapeText(piece.sizes)));
  const std::uint64_t width = ByteWidth(*piece.dtype);
  const std::uint64_t stored = storage.length_bytes / width;
  Tensor tensor{.name = std::move(name),
                .dtype = *piece.dtype,
                .shape = piece.sizes,
                .elements = *elements,
                .offset_bytes = storage.offset_bytes};
  if (*elements == 0) return tensor;
  TensorView view{
      .stored_name = tensor.name, .offset = 0, .dimensions = piece.sizes, .strides = piece.strides};
  std::uint64_t span = 1;  // elements from the first to the last
  for (std::size_t i = 0; i < rank; ++i) {
    if (piece.sizes[i] == 1) view.strides[i] = 1;  // whatever it is
    const auto reach = CheckedMultiply(piece.sizes[i] - 1, view.strides[i]);
    const auto sum = reach ? CheckedAdd(span, *reach) : std::nullopt;
    span = sum.value_or(~std::uint64_t{0});
  }
  const auto end = CheckedAdd(piece.offset, span);
  if (!end || *end > stored) {
    FailTorch(label, at_bytes,
              fmt::format("of shape {}, strides {} and offset {} reaches beyond its storage of {} "
                          "elements",
                          ShapeText(piece.sizes), ShapeText(piece.strides), piece.offset, stored),
              tensor.name);
  }
  if (*elements > span) {
    FailTorch(label, at_bytes,
              fmt::format("of shape {} and strides {} repeats elements of its storage: save it by "
                          "contiguous()",
                          ShapeText(piece.sizes), ShapeText(piece.strides)),
              tensor.name);
  }
  tensor.offset_bytes += piece.offset * width;
  tensor.length_bytes = span * width;
  if (!view.contiguous()) tensor.view = std::make_shared<const TensorView>(std::move(view));
  return tensor;
}

}  // namespace modelkin
