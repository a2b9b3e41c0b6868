#include "attestation/openssl_keys.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <openssl/bio.h>
#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "base/error.h"
#include "source/sha256.h"

namespace modelkin {
namespace {

constexpr std::uint64_t kLargestKeyFile = std::uint64_t{64} << 10;
constexpr std::string_view kHowToMakeOne =
    "`openssl genpkey -algorithm ed25519 -out key.pem` makes one";
constexpr std::string_view kHowToShowOne = "`openssl pkey -in key.pem -pubout -out public.pem`";

struct FreeKey {
  void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
};
struct FreeBio {
  void operator()(BIO* bio) const { BIO_free(bio); }
};
struct FreeDigest {
  void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
};
using KeyPointer = std::unique_ptr<EVP_PKEY, FreeKey>;
using BioPointer = std::unique_ptr<BIO, FreeBio>;
using DigestPointer = std::unique_ptr<EVP_MD_CTX, FreeDigest>;

[[noreturn]] void FailKey(const std::string& file, std::string_view message) {
  ERR_clear_error();
  throw Error(ErrorKind::kBadInput, message, {.file = file, .tensor = {}, .offset_bytes = {}});
}

[[noreturn]] void FailOpenSsl(std::string_view what) {
  ERR_clear_error();
  throw Error(ErrorKind::kIo, fmt::format("OpenSSL could not {}", what));
}

std::string PemOf(const ByteSource& file) {
  if (file.size_bytes() > kLargestKeyFile) {
    FailKey(file.label(), fmt::format("is {} bytes long: no key", file.size_bytes()));
  }
  std::vector<std::byte> scratch;
  const auto bytes = file.Read(0, file.size_bytes(), scratch);
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

// OpenSSL would ask at the terminal.
int RefusePassword(char*, int, int, void* was_asked) {
  *static_cast<bool*>(was_asked) = true;
  return -1;
}

bool HasBlock(std::string_view pem, std::string_view name) {
  return pem.find(fmt::format("-----BEGIN {}-----", name)) != std::string_view::npos;
}

// What else people have at hand where a key is wanted; "" of what is none of these.
std::string OtherThanPublic(std::string_view pem) {
  if (pem.find("PRIVATE KEY-----") != std::string_view::npos) {
    return fmt::format("is a private key: the public one is wanted, which {} writes",
                       kHowToShowOne);
  }
  if (HasBlock(pem, "CERTIFICATE")) {
    return "is a certificate: `openssl x509 -in FILE -pubkey -noout` prints its public key";
  }
  if (pem.starts_with("ssh-") || pem.starts_with("ecdsa-")) {
    return "is a key of OpenSSH: `ssh-keygen -e -m PKCS8 -f FILE` writes it as PEM";
  }
  return "";
}

std::string OtherThanPrivate(std::string_view pem) {
  if (HasBlock(pem, "OPENSSH PRIVATE KEY")) {
    return fmt::format("is a key of OpenSSH, not of PEM (PKCS#8): {}", kHowToMakeOne);
  }
  if (HasBlock(pem, "PUBLIC KEY")) return "is a public key: signing takes the private one";
  if (HasBlock(pem, "CERTIFICATE")) return "is a certificate: signing takes the private key";
  return "";
}

std::string CurveOf(EVP_PKEY* key) {
  std::array<char, 64> name{};
  std::size_t length = 0;
  if (EVP_PKEY_get_group_name(key, name.data(), name.size(), &length) != 1) return "";
  return {name.data(), length};
}

// A kind of key that signatures are checked by.
struct Scheme {
  std::string_view curve;  // as OpenSSL calls it; "" of Ed25519
  std::string_view name;
  const EVP_MD* (*digest)();  // null of Ed25519, which takes the message itself
};

constexpr std::array<Scheme, 4> kSchemes = {{{"", "Ed25519", nullptr},
                                             {"prime256v1", "ECDSA P-256", EVP_sha256},
                                             {"secp384r1", "ECDSA P-384", EVP_sha384},
                                             {"secp521r1", "ECDSA P-521", EVP_sha512}}};

const Scheme* SchemeOf(EVP_PKEY* key) {
  if (EVP_PKEY_get_base_id(key) == EVP_PKEY_ED25519) return kSchemes.data();
  if (EVP_PKEY_get_base_id(key) != EVP_PKEY_EC) return nullptr;
  const std::string curve = CurveOf(key);
  for (const Scheme& scheme : kSchemes) {
    if (!curve.empty() && scheme.curve == curve) return &scheme;
  }
  return nullptr;
}

std::string KindOf(EVP_PKEY* key) {
  if (const Scheme* const scheme = SchemeOf(key)) return std::string(scheme->name);
  const char* const name = EVP_PKEY_get0_type_name(key);
  return name == nullptr ? "unknown" : name;
}

std::string HexDigestOf(std::string_view bytes) {
  Sha256 digest;
  digest.Update(std::as_bytes(std::span(bytes)));
  return digest.HexDigest();
}

const unsigned char* Unsigned(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

}  // namespace

struct PublicKey::Handle {
  explicit Handle(EVP_PKEY* owned) : key(owned, &EVP_PKEY_free) {}

  std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)> key;  // of a kind of kSchemes
};

PublicKey PublicKey::Read(const ByteSource& file) { return FromPem(file.label(), PemOf(file)); }

PublicKey PublicKey::FromPem(const std::string& label, std::string_view pem) {
  const BioPointer bio(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
  KeyPointer key(PEM_read_bio_PUBKEY(bio.get(), nullptr, nullptr, nullptr));
  if (key == nullptr) {
    const std::string other = OtherThanPublic(pem);
    FailKey(label, other.empty() ? fmt::format("is no public key in PEM (BEGIN PUBLIC KEY): {} "
                                               "writes one",
                                               kHowToShowOne)
                                 : other);
  }
  if (SchemeOf(key.get()) == nullptr) {
    FailKey(label, fmt::format("is a key of the kind {}: signatures are checked by Ed25519 and "
                               "ECDSA (P-256, P-384, P-521)",
                               KindOf(key.get())));
  }
  ERR_clear_error();
  return PublicKey(std::make_shared<const Handle>(key.release()));
}

bool PublicKey::Verifies(std::string_view message, std::string_view signature) const {
  const DigestPointer context(EVP_MD_CTX_new());
  const auto digest = SchemeOf(handle_->key.get())->digest;
  if (context == nullptr ||
      EVP_DigestVerifyInit(context.get(), nullptr, digest == nullptr ? nullptr : digest(), nullptr,
                           handle_->key.get()) != 1) {
    FailOpenSsl("check a signature");
  }
  const int result = EVP_DigestVerify(context.get(), Unsigned(signature), signature.size(),
                                      Unsigned(message), message.size());
  ERR_clear_error();  // a signature of nonsense is an error to OpenSSL, and here one that is wrong
  return result == 1;
}

std::string PublicKey::Algorithm() const { return KindOf(handle_->key.get()); }

std::string PublicKey::Id() const {
  if (SchemeOf(handle_->key.get())->digest != nullptr) return PemDigest();
  std::array<unsigned char, 32> bytes{};
  std::size_t length = bytes.size();
  if (EVP_PKEY_get_raw_public_key(handle_->key.get(), bytes.data(), &length) != 1) {
    FailOpenSsl("write a public key");
  }
  return HexDigestOf(
      fmt::format(R"({{"keytype":"ed25519","keyval":{{"public":"{:02x}"}},"scheme":"ed25519"}})",
                  fmt::join(bytes, "")));
}

std::string PublicKey::PemDigest() const {
  const BioPointer bio(BIO_new(BIO_s_mem()));
  char* text = nullptr;
  if (bio == nullptr || PEM_write_bio_PUBKEY(bio.get(), handle_->key.get()) != 1) {
    FailOpenSsl("write a public key");
  }
  const auto length = BIO_get_mem_data(bio.get(), &text);
  return HexDigestOf({text, static_cast<std::size_t>(length)});
}

PrivateKey PrivateKey::Read(const ByteSource& file) {
  const std::string pem = PemOf(file);
  const BioPointer bio(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
  bool has_password = false;
  KeyPointer key(PEM_read_bio_PrivateKey(bio.get(), nullptr, RefusePassword, &has_password));
  if (has_password) {
    FailKey(file.label(),
            "is encrypted: `openssl pkey -in FILE -out key.pem` writes it without a password, "
            "which is asked for nowhere here");
  }
  if (key == nullptr) {
    const std::string other = OtherThanPrivate(pem);
    FailKey(file.label(), other.empty() ? fmt::format("is no private key in PEM (BEGIN PRIVATE "
                                                      "KEY): {}",
                                                      kHowToMakeOne)
                                        : other);
  }
  if (EVP_PKEY_get_base_id(key.get()) != EVP_PKEY_ED25519) {
    FailKey(file.label(), fmt::format("is a key of the kind {}, and signing takes Ed25519: {}",
                                      KindOf(key.get()), kHowToMakeOne));
  }
  ERR_clear_error();
  return PrivateKey(std::make_shared<const PublicKey::Handle>(key.release()));
}

std::string PrivateKey::Sign(std::string_view message) const {
  const DigestPointer context(EVP_MD_CTX_new());
  std::array<unsigned char, 64> signature{};
  std::size_t length = signature.size();
  if (context == nullptr ||
      EVP_DigestSignInit(context.get(), nullptr, nullptr, nullptr, handle_->key.get()) != 1 ||
      EVP_DigestSign(context.get(), signature.data(), &length, Unsigned(message), message.size()) !=
          1) {
    FailOpenSsl("sign");
  }
  return {reinterpret_cast<const char*>(signature.data()), length};
}

}  // namespace modelkin
