#include "storage/torch/torch_globals.h"

#include <algorithm>
#include <array>

namespace modelkin {
namespace {

struct KnownGlobal {
  std::string_view module;
  std::string_view name;
  TorchGlobal meaning;
};

constexpr auto kKnownGlobals = std::to_array<KnownGlobal>({
    {"collections", "OrderedDict", TorchGlobal::kDictionary},
    {"collections", "Counter", TorchGlobal::kDictionary},
    {"collections", "defaultdict", TorchGlobal::kDictionary},
    {"torch._utils", "_rebuild_tensor", TorchGlobal::kRebuildTensor},
    {"torch._utils", "_rebuild_tensor_v2", TorchGlobal::kRebuildTensorV2},
    {"torch._utils", "_rebuild_tensor_v3", TorchGlobal::kRebuildTensorV3},
    {"torch._utils", "_rebuild_parameter", TorchGlobal::kRebuildParameter},
    {"torch._utils", "_rebuild_parameter_with_state", TorchGlobal::kRebuildParameter},
    {"torch._tensor", "_rebuild_from_type_v2", TorchGlobal::kRebuildFromType},
    {"torch.tensor", "_rebuild_from_type_v2", TorchGlobal::kRebuildFromType},
    {"torch._utils", "_rebuild_qtensor", TorchGlobal::kOtherTensor},
    {"torch._utils", "_rebuild_sparse_tensor", TorchGlobal::kOtherTensor},
    {"torch._utils", "_rebuild_sparse_csr_tensor", TorchGlobal::kOtherTensor},
    {"torch._utils", "_rebuild_nested_tensor", TorchGlobal::kOtherTensor},
    {"torch._utils", "_rebuild_meta_tensor_no_storage", TorchGlobal::kOtherTensor},
    {"torch._utils", "_rebuild_wrapper_subclass", TorchGlobal::kOtherTensor},
    {"torch._utils", "_rebuild_device_tensor_from_numpy", TorchGlobal::kOtherTensor},
    {"torch._utils", "_rebuild_device_tensor_from_cpu_tensor", TorchGlobal::kOtherTensor},
    {"torch.nn.parameter", "Parameter", TorchGlobal::kOtherTensor},
    {"torch.nn.parameter", "Buffer", TorchGlobal::kOtherTensor},
    {"torch", "Tensor", TorchGlobal::kOtherTensor},
    {"torch", "Size", TorchGlobal::kSize},
    {"torch", "device", TorchGlobal::kData},
    {"torch.serialization", "_get_layout", TorchGlobal::kData},
    {"torch", "per_tensor_affine", TorchGlobal::kData},
    {"torch", "per_tensor_symmetric", TorchGlobal::kData},
    {"torch", "per_channel_affine", TorchGlobal::kData},
    {"torch", "per_channel_symmetric", TorchGlobal::kData},
    {"torch", "per_channel_affine_float_qparams", TorchGlobal::kData},
    {"_codecs", "encode", TorchGlobal::kData},
    {"argparse", "Namespace", TorchGlobal::kData},
    {"builtins", "bytearray", TorchGlobal::kData},
    {"builtins", "complex", TorchGlobal::kData},
    {"builtins", "dict", TorchGlobal::kData},
    {"builtins", "float", TorchGlobal::kData},
    {"builtins", "int", TorchGlobal::kData},
    {"builtins", "list", TorchGlobal::kData},
    {"builtins", "set", TorchGlobal::kData},
    {"numpy", "dtype", TorchGlobal::kData},
    {"numpy", "ndarray", TorchGlobal::kData},
    {"numpy._core.multiarray", "_reconstruct", TorchGlobal::kData},
    {"numpy._core.multiarray", "scalar", TorchGlobal::kData},
    {"numpy.core.multiarray", "_reconstruct", TorchGlobal::kData},
    {"numpy.core.multiarray", "scalar", TorchGlobal::kData},
    {"pathlib", "PosixPath", TorchGlobal::kData},
});

// Of elements: the stem of the storage's name, the dtype's own name, bytes, and the type here.
struct TorchType {
  std::string_view storage;
  std::string_view dtype;
  unsigned width;
  std::optional<DType> type;
};

constexpr auto kTorchTypes = std::to_array<TorchType>({
    {"Double", "float64", 8, DType::kF64},
    {"Float", "float32", 4, DType::kF32},
    {"Half", "float16", 2, DType::kF16},
    {"BFloat16", "bfloat16", 2, DType::kBF16},
    {"Long", "int64", 8, DType::kI64},
    {"Int", "int32", 4, DType::kI32},
    {"Short", "int16", 2, DType::kI16},
    {"Char", "int8", 1, DType::kI8},
    {"Byte", "uint8", 1, DType::kU8},
    {"Bool", "bool", 1, DType::kBool},
    {"ComplexFloat", "complex64", 8, DType::kC64},
    {"ComplexDouble", "complex128", 16, std::nullopt},
    {"QInt32", "qint32", 4, std::nullopt},
    {"QInt8", "qint8", 1, std::nullopt},
    {"QUInt8", "quint8", 1, std::nullopt},
    {"QUInt4x2", "quint4x2", 1, std::nullopt},
    {"QUInt2x4", "quint2x4", 1, std::nullopt},
    {"", "uint16", 2, DType::kU16},
    {"", "uint32", 4, DType::kU32},
    {"", "uint64", 8, DType::kU64},
    {"", "float8_e4m3fn", 1, DType::kF8E4M3},
    {"", "float8_e5m2", 1, DType::kF8E5M2},
    {"", "float8_e4m3fnuz", 1, DType::kF8E4M3FNUZ},
    {"", "float8_e5m2fnuz", 1, DType::kF8E5M2FNUZ},
    {"", "float8_e8m0fnu", 1, DType::kF8E8M0},
    {"", "float4_e2m1fn_x2", 1, std::nullopt},
    {"", "complex32", 4, std::nullopt},
    {"", "bcomplex32", 4, std::nullopt},
});

constexpr std::string_view kStorageEnding = "Storage";
constexpr std::string_view kUntyped = "UntypedStorage";

const TorchType* TypeOfStorage(std::string_view name) {
  if (!name.ends_with(kStorageEnding)) return nullptr;
  name.remove_suffix(kStorageEnding.size());
  const auto found = std::ranges::find(kTorchTypes, name, &TorchType::storage);
  return name.empty() || found == kTorchTypes.end() ? nullptr : &*found;
}

const TorchType* TypeOfDtype(std::string_view name) {
  const auto found = std::ranges::find(kTorchTypes, name, &TorchType::dtype);
  return found == kTorchTypes.end() ? nullptr : &*found;
}

bool IsModuleOfStorages(std::string_view module) {
  return module == "torch" || module == "torch.cuda" || module == "torch.storage";
}

// torch.FloatTensor and its like: types that old files name beside their tensors.
bool IsTensorType(std::string_view name) {
  constexpr std::string_view kEnding = "Tensor";
  if (!name.ends_with(kEnding)) return false;
  name.remove_suffix(kEnding.size());
  return !name.empty() &&
         std::ranges::find(kTorchTypes, name, &TorchType::storage) != kTorchTypes.end();
}

}  // namespace

std::optional<TorchGlobal> MeaningOfGlobal(std::string_view module, std::string_view name) {
  if (module == "__builtin__") module = "builtins";  // of Python 2
  for (const KnownGlobal& known : kKnownGlobals) {
    if (known.name == name && known.module == module) return known.meaning;
  }
  if (IsModuleOfStorages(module)) {
    if (name == kUntyped || TypeOfStorage(name) != nullptr) return TorchGlobal::kStorage;
    if (IsTensorType(name)) return TorchGlobal::kOtherTensor;
  }
  if (module == "torch" && TypeOfDtype(name) != nullptr) return TorchGlobal::kType;
  return std::nullopt;
}

std::optional<DType> TypeOfTorchStorage(std::string_view name) {
  const TorchType* const type = TypeOfStorage(name);
  return type == nullptr ? std::nullopt : type->type;
}

std::optional<DType> TypeOfTorchDtype(std::string_view name) {
  const TorchType* const type = TypeOfDtype(name);
  return type == nullptr ? std::nullopt : type->type;
}

bool IsUntypedStorage(std::string_view name) { return name == kUntyped; }

std::optional<unsigned> WidthOfTorchStorage(std::string_view name) {
  if (name == kUntyped) return 1;
  const TorchType* const type = TypeOfStorage(name);
  if (type == nullptr) return std::nullopt;
  return type->width;
}

}  // namespace modelkin
