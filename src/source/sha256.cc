#include "source/sha256.h"

#include <fmt/format.h>
#include <openssl/evp.h>

#include <algorithm>
#include <array>
#include <vector>

#include "base/error.h"
#include "base/interrupt.h"
#include "source/range_check.h"

namespace modelkin {
namespace {

constexpr std::uint64_t kWindowBytes = std::uint64_t{1} << 20;

void RequireSuccess(int openssl_result) {
  if (openssl_result != 1) throw Error(ErrorKind::kIo, "OpenSSL could not compute SHA-256");
}

}  // namespace

struct Sha256::Context {
  std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> handle{EVP_MD_CTX_new(),
                                                                 &EVP_MD_CTX_free};
};

Sha256::Sha256() : context_(std::make_unique<Context>()) {
  RequireSuccess(EVP_DigestInit_ex(context_->handle.get(), EVP_sha256(), nullptr));
}

Sha256::~Sha256() = default;

void Sha256::Update(std::span<const std::byte> bytes) {
  RequireSuccess(EVP_DigestUpdate(context_->handle.get(), bytes.data(), bytes.size()));
}

std::string Sha256::HexDigest() {
  std::array<unsigned char, 32> digest{};
  RequireSuccess(EVP_DigestFinal_ex(context_->handle.get(), digest.data(), nullptr));
  std::string hex;
  for (const unsigned char byte : digest) hex += fmt::format("{:02x}", byte);
  return hex;
}

std::string Sha256OfRange(const ByteSource& source, std::uint64_t offset, std::uint64_t length,
                          Progress& progress) {
  Sha256 digest;
  std::vector<std::byte> scratch;
  for (std::uint64_t done = 0; done < length;) {
    ThrowIfInterrupted();
    const std::uint64_t window = std::min(kWindowBytes, length - done);
    digest.Update(source.Read(offset + done, window, scratch));
    done += window;
    progress.Advance(window);
  }
  RequireNothingLost(source);
  return digest.HexDigest();
}

}  // namespace modelkin
