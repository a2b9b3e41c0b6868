#include "report/npy_file.h"

#include <fmt/format.h>

#include <bit>
#include <string_view>

#include "base/own_output.h"

namespace modelkin {
namespace {

static_assert(std::endian::native == std::endian::little);

constexpr std::string_view kMagic("\x93NUMPY\x01\x00", 8);

std::string_view Description(NpyFile::Type type) {
  switch (type) {
    case NpyFile::Type::kInt32: return "<i4";
    case NpyFile::Type::kInt64: return "<i8";
    default: return "<f4";
  }
}

}  // namespace

NpyFile::NpyFile(OutputTarget target, Type type, const std::vector<std::uint64_t>& shape)
    : file_(std::move(target)) {
  std::string header =
      fmt::format("{{'descr': '{}', 'fortran_order': False, 'shape': ({}{}), }}", Description(type),
                  fmt::join(shape, ", "), shape.size() == 1 ? "," : "");
  // Magic, two bytes of length, header and a line's end. NumPy wants a multiple of 64 bytes.
  const std::size_t used = kMagic.size() + 2 + header.size() + 1;
  header.append(kNpyHeaderBytes - used, ' ');
  header += '\n';
  const std::size_t length = header.size();
  const char bytes[2] = {static_cast<char>(length & 0xFF), static_cast<char>(length >> 8)};
  file_.Write(kMagic);
  file_.Write({bytes, 2});
  file_.Write(header);
}

void NpyFile::WriteBytes(std::span<const std::byte> bytes) {
  file_.Write({reinterpret_cast<const char*>(bytes.data()), bytes.size()});
}

}  // namespace modelkin
