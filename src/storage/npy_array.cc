#include "storage/npy_array.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <charconv>
#include <cmath>
#include <optional>
#include <string_view>

#include "base/error.h"
#include "base/escaped_text.h"
#include "numeric/decode.h"

namespace modelkin {
namespace {

static_assert(std::endian::native == std::endian::little);

constexpr std::string_view kNpyMagic("\x93NUMPY", 6);
constexpr std::string_view kZipMagic("PK\x03\x04", 4);
// NumPy's own limit, above which it wants to be told that the file is trusted.
constexpr std::uint64_t kMostNpyHeaderBytes = 10'000;
constexpr std::size_t kMostNpyAxes = 32;

[[noreturn]] void FailNpy(const ByteSource& file, std::string_view problem,
                          std::optional<std::uint64_t> offset_bytes = {}) {
  throw Error(ErrorKind::kBadInput, problem,
              {.file = file.label(), .tensor = "", .offset_bytes = offset_bytes});
}

// What a header's dictionary holds.
struct NpyFields {
  std::optional<std::string> type;
  std::optional<bool> fortran;
  std::optional<Shape> shape;
};

// Reads the one literal of Python that a header is: a dictionary of a text, a truth value and a
// tuple of whole numbers, in any order.
class NpyDictionary {
 public:
  explicit NpyDictionary(std::string_view text) : rest_(text) {}

  // Returns nothing where the text is anything else.
  std::optional<NpyFields> Parse() {
    NpyFields fields;
    if (!Take("{")) return std::nullopt;
    while (!Take("}")) {
      const auto key = Text();
      if (!key || !Take(":") || !ParseValue(*key, fields)) return std::nullopt;
      if (!Take(",") && !(Skip(), rest_.starts_with('}'))) return std::nullopt;
    }
    Skip();
    const bool all = fields.type && fields.fortran && fields.shape;
    return rest_.empty() && all ? std::optional(fields) : std::nullopt;
  }

 private:
  void Skip() {
    while (!rest_.empty() && (rest_.front() == ' ' || rest_.front() == '\n')) {
      rest_.remove_prefix(1);
    }
  }

  bool Take(std::string_view token) {
    Skip();
    if (!rest_.starts_with(token)) return false;
    rest_.remove_prefix(token.size());
    return true;
  }

  // Without escapes, which nothing that is read here has.
  std::optional<std::string> Text() {
    Skip();
    if (rest_.empty() || (rest_.front() != '\'' && rest_.front() != '"')) return std::nullopt;
    const std::size_t end = rest_.find(rest_.front(), 1);
    if (end == std::string_view::npos) return std::nullopt;
    std::string text(rest_.substr(1, end - 1));
    rest_.remove_prefix(end + 1);
    return text;
  }

  bool ParseValue(std::string_view key, NpyFields& fields) {
    if (key == "descr" && !fields.type) {
      fields.type = Text();
      return fields.type.has_value();
    }
    if (key == "fortran_order" && !fields.fortran) {
      if (Take("True")) fields.fortran = true;
      if (!fields.fortran && Take("False")) fields.fortran = false;
      return fields.fortran.has_value();
    }
    if (key == "shape" && !fields.shape) {
      fields.shape = Tuple();
      return fields.shape.has_value();
    }
    return false;
  }

  std::optional<Shape> Tuple() {
    Shape shape;
    if (!Take("(")) return std::nullopt;
    while (!Take(")")) {
      Skip();
      std::uint64_t size = 0;
      const auto [end, failure] = std::from_chars(rest_.data(), rest_.data() + rest_.size(), size);
      if (failure != std::errc() || shape.size() == kMostNpyAxes) return std::nullopt;
      rest_.remove_prefix(static_cast<std::size_t>(end - rest_.data()));
      shape.push_back(size);
      if (!Take(",") && !(Skip(), rest_.starts_with(')'))) return std::nullopt;
    }
    return shape;
  }

  std::string_view rest_;
};

// Where the dictionary lies.
struct NpyText {
  std::uint64_t offset_bytes = 0, length_bytes = 0;
};

NpyText FindNpyText(const ByteSource& file) {
  std::vector<std::byte> scratch;
  const std::uint64_t size = file.size_bytes();
  const auto start = file.Read(0, std::min<std::uint64_t>(size, 12), scratch);
  const std::string_view bytes(reinterpret_cast<const char*>(start.data()), start.size());
  if (bytes.starts_with(kZipMagic)) {
    FailNpy(file, "is an archive (.npz?): one array is wanted, as numpy.save writes it");
  }
  if (!bytes.starts_with(kNpyMagic)) {
    FailNpy(file,
            "is no .npy file: it does not begin as one: a model's processor makes the pixels, and "
            "numpy.save the file");
  }
  if (bytes.size() < 8) FailNpy(file, "ends within its header");
  const auto byte_at = [&](std::size_t i) {
    return static_cast<std::uint64_t>(static_cast<unsigned char>(bytes[i]));
  };
  const std::uint64_t version = byte_at(6);
  if (version < 1 || version > 3) {
    FailNpy(file, fmt::format("is of version {} of the .npy format; 1 to 3 are read", version), 6);
  }
  const std::size_t width = version == 1 ? 2 : 4;
  if (bytes.size() < 8 + width) FailNpy(file, "ends within its header");
  std::uint64_t length = 0;
  for (std::size_t i = 0; i < width; ++i) length |= byte_at(8 + i) << (8 * i);
  if (length > kMostNpyHeaderBytes) {
    FailNpy(file, fmt::format("has a header of {} bytes; {} are read", length, kMostNpyHeaderBytes),
            8);
  }
  if (length > size - (8 + width)) FailNpy(file, "ends within its header");
  return {.offset_bytes = 8 + width, .length_bytes = length};
}

DType TypeOfNpy(const ByteSource& file, const std::string& type) {
  if (type == "<f4") return DType::kF32;
  if (type == "<f2") return DType::kF16;
  const bool objects = type.find('O') != std::string::npos;
  FailNpy(file, fmt::format("has values of type \"{}\"{}: float32 or float16 are read, as "
                            "array.astype(\"float32\") makes them",
                            Printable(type), objects ? ", which would have to be unpickled" : ""));
}

// Returns the number of elements, which have to take the bytes that are there.
std::uint64_t ElementsOf(const ByteSource& file, DType dtype, const Shape& shape,
                         std::uint64_t there) {
  const std::uint64_t width = BitWidth(dtype) / 8;
  const auto elements = ElementCount(shape);
  if (elements && there % width == 0 && *elements == there / width) return *elements;
  FailNpy(file, fmt::format("has {} bytes of values, and its shape is {} of {}", there,
                            ShapeText(shape), DTypeName(dtype)));
}

}  // namespace

NpyHeader ReadNpyHeader(const ByteSource& file) {
  const NpyText place = FindNpyText(file);
  std::vector<std::byte> scratch;
  const auto bytes = file.Read(place.offset_bytes, place.length_bytes, scratch);
  const std::string_view text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  const auto fields = NpyDictionary(text).Parse();
  if (!fields) {
    FailNpy(file,
            fmt::format("has a header that is not that of one array of numbers: {}",
                        Printable(text.substr(0, 80))),
            place.offset_bytes);
  }
  const DType dtype = TypeOfNpy(file, *fields->type);
  if (*fields->fortran) {
    FailNpy(file, "is in Fortran order; numpy.ascontiguousarray(array) makes what is read");
  }
  const std::uint64_t offset = place.offset_bytes + place.length_bytes;
  return {.dtype = dtype,
          .shape = *fields->shape,
          .elements = ElementsOf(file, dtype, *fields->shape, file.size_bytes() - offset),
          .data_offset_bytes = offset};
}

FloatArray ReadFloatArray(const ByteSource& file) {
  const NpyHeader header = ReadNpyHeader(file);
  std::vector<std::byte> scratch;
  const std::uint64_t width = BitWidth(header.dtype) / 8;
  const auto bytes = file.Read(header.data_offset_bytes, header.elements * width, scratch);
  FloatArray array{
      .file = file.label(), .shape = header.shape, .values = std::vector<float>(header.elements)};
  DecodeToFloat(header.dtype, bytes.data(), array.values.size(), array.values.data());
  if (const auto lost = file.LostByte()) FailNpy(file, "became shorter while it was read", lost);
  const auto bad = std::ranges::find_if(array.values, [](float v) { return !std::isfinite(v); });
  if (bad != array.values.end()) {
    const auto element = static_cast<std::uint64_t>(bad - array.values.begin());
    FailNpy(file, fmt::format("element {} is NaN or infinite", element),
            header.data_offset_bytes + element * width);
  }
  return array;
}

}  // namespace modelkin
