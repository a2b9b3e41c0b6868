// Bytes of zip archives, right and wrong ones.
#ifndef MODELKIN_TESTS_STORAGE_ZIP_BYTES_H_
#define MODELKIN_TESTS_STORAGE_ZIP_BYTES_H_

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace modelkin::testing {

// `bytes` of a number, lowest first.
inline std::string Number(std::uint64_t number, std::size_t bytes) {
  std::string text;
  for (std::size_t i = 0; i < bytes; ++i) text += static_cast<char>(number >> (8 * i) & 0xFF);
  return text;
}

struct ZipMember {
  std::string name;
  std::string data;
  std::uint16_t method = 0;
  std::uint16_t flags = 0;
  std::string local_name = name;  // in its own header
  std::uint32_t declared = 0;     // size in the directory; 0: that of the data
  std::size_t padding = 0;        // extra field before the data
};

// Writes members as torch does, one after the other, with a directory behind them.
inline std::string ZipArchive(const std::vector<ZipMember>& members, std::string_view comment = "",
                              std::size_t counted = ~std::size_t{0}) {
  std::string file, directory;
  for (const ZipMember& member : members) {
    const std::size_t at = file.size();
    const std::uint64_t size = member.declared != 0 ? member.declared : member.data.size();
    const bool later = (member.flags & 8) != 0;
    file += "PK\x03\x04" + Number(20, 2) + Number(member.flags, 2) + Number(member.method, 2) +
            Number(0, 8) + Number(later ? 0 : size, 4) + Number(later ? 0 : size, 4) +
            Number(member.local_name.size(), 2) + Number(member.padding, 2) + member.local_name +
            std::string(member.padding, 'P') + member.data;
    if (later) file += "PK\x07\x08" + Number(0, 4) + Number(size, 4) + Number(size, 4);
    directory += "PK\x01\x02" + Number(20, 2) + Number(20, 2) + Number(member.flags, 2) +
                 Number(member.method, 2) + Number(0, 8) + Number(size, 4) + Number(size, 4) +
                 Number(member.name.size(), 2) + Number(0, 12) + Number(at, 4) + member.name;
  }
  const std::size_t count = counted == ~std::size_t{0} ? members.size() : counted;
  return file + directory + "PK\x05\x06" + Number(0, 4) + Number(count, 2) + Number(count, 2) +
         Number(directory.size(), 4) + Number(file.size(), 4) + Number(comment.size(), 2) +
         std::string(comment);
}

}  // namespace modelkin::testing

#endif  // MODELKIN_TESTS_STORAGE_ZIP_BYTES_H_
