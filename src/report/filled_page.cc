#include "report/filled_page.h"

#include <fmt/format.h>
#include <openssl/evp.h>
#include <zlib.h>

#include <string>

#include "base/error.h"

namespace modelkin {
namespace {

constexpr std::string_view kPlaceOfData = "__MODELKIN_DATA__";
constexpr int kGzip = 16;
constexpr std::size_t kLargestDataBytes = std::size_t{1} << 30;

std::string Gzipped(std::string_view text) {
  z_stream stream = {};
  if (deflateInit2(&stream, Z_BEST_COMPRESSION, Z_DEFLATED, MAX_WBITS + kGzip, 9,
                   Z_DEFAULT_STRATEGY) != Z_OK) {
    throw Error(ErrorKind::kIo, "cannot compress");
  }
  std::string result(deflateBound(&stream, text.size()), '\0');
  // zlib never writes to its input.
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
  stream.avail_in = static_cast<uInt>(text.size());
  stream.next_out = reinterpret_cast<Bytef*>(result.data());
  stream.avail_out = static_cast<uInt>(result.size());
  const int end = deflate(&stream, Z_FINISH);
  result.resize(stream.total_out);
  deflateEnd(&stream);
  if (end != Z_STREAM_END) throw Error(ErrorKind::kIo, "cannot compress");
  return result;
}

std::string Base64(std::string_view bytes) {
  std::string text((bytes.size() + 2) / 3 * 4 + 1, '\0');
  const int length = EVP_EncodeBlock(reinterpret_cast<unsigned char*>(text.data()),
                                     reinterpret_cast<const unsigned char*>(bytes.data()),
                                     static_cast<int>(bytes.size()));
  text.resize(static_cast<std::size_t>(length));
  return text;
}

}  // namespace

void WriteFilledPage(std::string_view page, std::string_view data, const TextSink& sink,
                     std::initializer_list<PageFilling> fillings) {
  if (data.size() > kLargestDataBytes) {
    throw Error(ErrorKind::kIo,
                fmt::format("the results have {} bytes, more than a page can hold", data.size()));
  }
  const auto fill = [&](std::string_view place, std::string_view with) {
    const std::size_t at = page.find(place);
    sink(page.substr(0, at));
    sink(with);
    page.remove_prefix(at + place.size());
  };
  for (const PageFilling& filling : fillings) fill(filling.place, filling.html);
  fill(kPlaceOfData, Base64(Gzipped(data)));
  sink(page);
}

}  // namespace modelkin
