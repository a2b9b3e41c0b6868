#include "model.h"

#include <fmt/format.h>
#include <nanobind/ndarray.h>
#include <nanobind/stl/optional.h>
#include <nanobind/stl/pair.h>
#include <nanobind/stl/shared_ptr.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/vector.h>

#include <algorithm>
#include <cstring>
#include <memory>
#include <nlohmann/json.hpp>
#include <utility>

#include "base/error.h"
#include "base/escaped_text.h"
#include "call.h"
#include "checkpoint/tensor_reader.h"
#include "library/written.h"
#include "memory_place.h"
#include "model/opened_model.h"
#include "report/inspect_report.h"
#include "report/json_output.h"
#include "requests/inspect.h"
#include "source/json_document.h"

namespace nb = nanobind;

namespace modelkin {
namespace {

// What Python says of an array: name, "BF16", extents, address and bytes.
struct ArrayInWords {
  std::string name, dtype;
  Shape shape;
  std::uintptr_t address;
  std::uint64_t bytes;
};

LiveTensor LiveTensorOf(const ArrayInWords& array) {
  const std::optional<DType> dtype = ParseDType(array.dtype);
  if (!dtype) {
    throw Error(ErrorKind::kUsage, fmt::format("no type of weights: {}", Printable(array.dtype)),
                {.file = {}, .tensor = array.name});
  }
  return {.name = array.name,
          .dtype = *dtype,
          .shape = array.shape,
          // The caller's arrays, whose lifetime Python keeps.
          .bytes = {reinterpret_cast<const std::byte*>(array.address), array.bytes}};
}

std::string AddLive(const std::string& name, const std::vector<ArrayInWords>& arrays,
                    const std::optional<std::string>& config) {
  std::vector<LiveTensor> tensors;
  tensors.reserve(arrays.size());
  for (const ArrayInWords& array : arrays) tensors.push_back(LiveTensorOf(array));
  return LiveModels()->Add(name, tensors, config);
}

std::shared_ptr<const OpenedModel> OpenFor(const CallSettings& call, const std::string& location,
                                           const OpenOptions& options) {
  std::shared_ptr<const OpenedModel> opened;
  RunCall(call, [&](const RequestContext& context) {
    opened = OpenModel(location, options, context.places);
  });
  return opened;
}

const Tensor& TensorOf(const OpenedModel& model, const std::string& name) {
  if (const Tensor* const tensor = model.checkpoint().Find(name)) return *tensor;
  throw nb::key_error(name.c_str());
}

// How arrays of a type are handed to Python: by DLPack's type, and by NumPy's or ml_dtypes' name.
struct ArrayType {
  DType dtype;
  nb::dlpack::dtype_code code;  // DLPack 1.1
  const char* name;
};
using Code = nb::dlpack::dtype_code;
constexpr ArrayType kArrayTypes[] = {
    {DType::kBool, Code::Bool, "bool"},
    {DType::kU8, Code::UInt, "uint8"},
    {DType::kI8, Code::Int, "int8"},
    {DType::kU16, Code::UInt, "uint16"},
    {DType::kI16, Code::Int, "int16"},
    {DType::kU32, Code::UInt, "uint32"},
    {DType::kI32, Code::Int, "int32"},
    {DType::kU64, Code::UInt, "uint64"},
    {DType::kI64, Code::Int, "int64"},
    {DType::kF16, Code::Float, "float16"},
    {DType::kF32, Code::Float, "float32"},
    {DType::kF64, Code::Float, "float64"},
    {DType::kBF16, Code::Bfloat, "bfloat16"},
    {DType::kF8E4M3, Code::Float8_E4M3FN, "float8_e4m3fn"},
    {DType::kF8E5M2, Code::Float8_E5M2, "float8_e5m2"},
    {DType::kF8E4M3FNUZ, Code::Float8_E4M3FNUZ, "float8_e4m3fnuz"},
    {DType::kF8E5M2FNUZ, Code::Float8_E5M2FNUZ, "float8_e5m2fnuz"},
    {DType::kF8E8M0, Code::Float8_E8M0FNU, "float8_e8m0fnu"},
    {DType::kC64, Code::Complex, "complex64"},
};

const ArrayType* FindArrayType(DType dtype) {
  for (const ArrayType& type : kArrayTypes) {
    if (type.dtype == dtype) return &type;
  }
  return nullptr;  // of less than a byte
}

// The elements of a tensor, in memory of their own.
std::unique_ptr<std::byte[]> ElementsOf(const OpenedModel& model, const Tensor& tensor,
                                        std::uint64_t bytes) {
  constexpr std::uint64_t kPieceElements = std::uint64_t{1} << 22;
  auto elements = std::make_unique_for_overwrite<std::byte[]>(bytes);
  const TensorReader reader(model.checkpoint(), tensor);
  std::vector<std::byte> scratch;
  const std::uint64_t width = ByteWidth(tensor.dtype);
  for (std::uint64_t begin = 0; begin < tensor.elements; begin += kPieceElements) {
    const std::uint64_t count = std::min(kPieceElements, tensor.elements - begin);
    const auto read = reader.Read(begin, count, scratch);
    std::memcpy(elements.get() + begin * width, read.data(), count * width);
  }
  reader.RequireNothingLost();
  return elements;
}

// Returns an array of the tensor's values, and the name of their type. `as_words`: an array of
// NumPy of whole numbers of the same width, since NumPy itself has few of the types.
nb::typed<nb::tuple, nb::object, nb::str> ReadTensor(const OpenedModel& model,
                                                     const std::string& name, bool as_words) {
  const Tensor& tensor = TensorOf(model, name);
  const ArrayType* const type = FindArrayType(tensor.dtype);
  if (type == nullptr) {
    throw Error(ErrorKind::kUsage,
                fmt::format("{} has elements of less than a byte, for which NumPy has no type",
                            DTypeName(tensor.dtype)),
                {.file = model.path(), .tensor = tensor.name});
  }
  const std::uint64_t width = ByteWidth(tensor.dtype);
  std::unique_ptr<std::byte[]> elements;
  {
    const nb::gil_scoped_release released;
    elements = ElementsOf(model, tensor, tensor.elements * width);
  }
  std::byte* const data = elements.release();
  const nb::capsule owner(data,
                          [](void* held) noexcept { delete[] static_cast<std::byte*>(held); });
  const std::vector<std::size_t> shape(tensor.shape.begin(), tensor.shape.end());
  const nb::dlpack::dtype dtype{
      .code = static_cast<std::uint8_t>(as_words ? Code::UInt : type->code),
      .bits = static_cast<std::uint8_t>(8 * width),
      .lanes = 1};
  const auto made = [&]<class Framework>(Framework) {
    return nb::cast(nb::ndarray<Framework, nb::device::cpu, nb::c_contig>(
        data, shape.size(), shape.data(), owner, nullptr, dtype));
  };
  return nb::make_tuple(as_words ? made(nb::numpy()) : made(nb::array_api()), type->name);
}

// A row for each tensor.
std::string TensorRows(const OpenedModel& model) {
  Json rows = Json::array();
  for (const Tensor& tensor : model.checkpoint().tensors()) {
    rows.push_back({{"name", tensor.name},
                    {"dtype", TypeText(tensor)},
                    {"shape", tensor.shape},
                    {"elements", tensor.elements},
                    {"bytes", StoredBytes(tensor)},
                    {"file", model.checkpoint().files()[tensor.file].name}});
  }
  return Dump(rows);
}

std::vector<std::string> NamesOf(const OpenedModel& model) {
  std::vector<std::string> names;
  names.reserve(model.checkpoint().tensors().size());
  for (const Tensor& tensor : model.checkpoint().tensors()) names.push_back(tensor.name);
  return names;
}

// The text of config.json, or what the file of weights says in its words; None without.
std::optional<std::string> ConfigText(const OpenedModel& model) {
  if (const auto& config = model.checkpoint().config()) return Dump(*config);
  const auto file = FindConfigFile(model.described_at(), model.places());
  if (file == nullptr) return std::nullopt;
  return Dump(ReadJsonObject(*file, kLargestConfigBytes));
}

std::string FamilyOf(const OpenedModel& model) {
  return model.family() == nullptr ? "" : std::string(model.family()->name);
}

std::vector<std::string> WarningsOf(const OpenedModel& model) {
  std::vector<std::string> warnings = InEnglish(model.checkpoint().warnings());
  if (auto warning = ConfigWarning(model)) warnings.push_back(std::move(warning->english));
  return warnings;
}

}  // namespace

void AddModels(nb::module_& module) {
  nb::class_<ArrayInWords>(module, "Array")
      .def(
          "__init__",
          [](ArrayInWords* made, std::string name, std::string dtype, Shape shape,
             std::uintptr_t address, std::uint64_t bytes) {
            new (made)
                ArrayInWords{std::move(name), std::move(dtype), std::move(shape), address, bytes};
          },
          nb::arg("name"), nb::arg("dtype"), nb::arg("shape"), nb::arg("address"),
          nb::arg("bytes"));
  nb::class_<CallSettings>(module, "Call")
      .def(
          "__init__",
          [](CallSettings* made, std::vector<std::string> arguments, unsigned threads,
             nb::object progress, bool keeps_blocks) {
            new (made)
                CallSettings{std::move(arguments), threads, std::move(progress), keeps_blocks};
          },
          nb::arg("arguments"), nb::arg("threads"), nb::arg("progress").none(),
          nb::arg("keeps_blocks"));
  nb::class_<OpenedModel>(module, "OpenedModel")
      .def_prop_ro("path", &OpenedModel::path)
      .def_prop_ro("family", FamilyOf)
      .def("config_text", ConfigText)
      .def_prop_ro("names", NamesOf)
      .def_prop_ro("warnings", WarningsOf)
      .def("tensor_rows", TensorRows)
      .def("inspection",
           [](const OpenedModel& model) {
             const Inspection inspection = InspectOpened(model);
             return std::pair(
                 Written([&](const TextSink& sink) { WriteInspectJson(inspection, sink); }),
                 Written([&](const TextSink& sink) { WriteInspectText(inspection, {}, sink); }));
           })
      .def("read", ReadTensor, nb::arg("name"), nb::arg("as_words"));
  module.def("open", OpenFor, nb::arg("call"), nb::arg("location"), nb::arg("options"));
  module.def("add_live", AddLive, nb::arg("name"), nb::arg("arrays"), nb::arg("config").none());
  module.def(
      "add_file",
      [](const std::string& name, const std::string& file, const nb::bytes& bytes) {
        const auto* const begin = static_cast<const std::byte*>(bytes.data());
        return LiveModels()->AddFile(name, file, {begin, begin + bytes.size()});
      },
      nb::arg("name"), nb::arg("file"), nb::arg("bytes"));
  module.def(
      "remove_live", [](const std::string& location) { LiveModels()->Remove(location); },
      nb::arg("location"));
}

}  // namespace modelkin
