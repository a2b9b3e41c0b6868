// Makes safetensors files, right and wrong ones, without the code under test.
#ifndef MODELKIN_TESTS_SUPPORT_SAFETENSORS_WRITER_H_
#define MODELKIN_TESTS_SUPPORT_SAFETENSORS_WRITER_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace modelkin::testing {

struct TestTensor {
  std::string name;
  std::string dtype;
  std::vector<std::uint64_t> shape;
  std::string bytes;
};

// A file holding `tensors` in this order, its header padded with spaces to a multiple of 8 bytes.
// The metadata is left out where it is empty. Valid if dtype, shape and bytes agree.
std::string SafetensorsFile(const std::vector<TestTensor>& tensors,
                            const std::vector<std::pair<std::string, std::string>>& metadata = {});

// A file with any header text, and `data_bytes` zero bytes after it.
std::string RawSafetensorsFile(std::string_view header, std::size_t data_bytes = 0);

// `length` as the file's first 8 bytes hold it.
std::string LengthField(std::uint64_t length);

// {"dtype":...} as a header holds it, to put together headers by hand.
std::string EntryText(std::string_view dtype, std::string_view shape, std::string_view offsets);

std::vector<std::byte> ToBytes(std::string_view text);

}  // namespace modelkin::testing

#endif  // MODELKIN_TESTS_SUPPORT_SAFETENSORS_WRITER_H_
