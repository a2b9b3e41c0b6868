// SHA-256 (FIPS 180-4) of byte ranges, by OpenSSL.
#ifndef MODELKIN_SOURCE_SHA256_H_
#define MODELKIN_SOURCE_SHA256_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>

#include "base/progress.h"
#include "source/byte_source.h"

namespace modelkin {

class Sha256 {
 public:
  Sha256();
  ~Sha256();
  Sha256(const Sha256&) = delete;
  Sha256& operator=(const Sha256&) = delete;

  void Update(std::span<const std::byte> bytes);
  // Returns 64 lower-case hexadecimal digits. Ends the use of this object.
  std::string HexDigest();

 private:
  struct Context;
  std::unique_ptr<Context> context_;
};

// Returns the digest of [offset, offset + length) of `source`, read in windows; `progress` advances
// by its bytes. Throws what Read throws, Error(kBadInput) if bytes got lost meanwhile, and
// Interrupted.
std::string Sha256OfRange(const ByteSource& source, std::uint64_t offset, std::uint64_t length,
                          Progress& progress);

}  // namespace modelkin

#endif  // MODELKIN_SOURCE_SHA256_H_
