// Keys to sign with and to check signatures with, by OpenSSL.
#ifndef MODELKIN_ATTESTATION_OPENSSL_KEYS_H_
#define MODELKIN_ATTESTATION_OPENSSL_KEYS_H_

#include <memory>
#include <string>
#include <string_view>

#include "source/byte_source.h"

namespace modelkin {

// A pair's public half: Ed25519, or ECDSA over P-256, P-384 or P-521, as model signing has them.
class PublicKey {
 public:
  // Reads PEM ("BEGIN PUBLIC KEY"). Throws Error(kBadInput) for anything else, and says what it is.
  static PublicKey Read(const ByteSource& file);
  // The same, of bytes.
  static PublicKey FromPem(const std::string& label, std::string_view pem);

  // Returns whether the pair's other half signed this: Ed25519, or ECDSA over SHA-256, SHA-384 or
  // SHA-512 by the size of the curve.
  bool Verifies(std::string_view message, std::string_view signature) const;

  // Returns "Ed25519", "ECDSA P-256".
  std::string Algorithm() const;
  // Returns what signatures made here name the key by, in hexadecimal: of Ed25519 the SHA-256 of
  // its canonical JSON, as securesystemslib (in-toto's library) has it; of others PemDigest().
  std::string Id() const;
  // Returns the SHA-256 of its PEM: what model signing names it by.
  std::string PemDigest() const;

 private:
  friend class PrivateKey;
  struct Handle;
  explicit PublicKey(std::shared_ptr<const Handle> handle) : handle_(std::move(handle)) {}

  std::shared_ptr<const Handle> handle_;
};

// Ed25519 alone: its signatures need no random numbers, so that the same bytes have the same one.
class PrivateKey {
 public:
  // Reads PEM ("BEGIN PRIVATE KEY", PKCS#8) without a password. Throws Error(kBadInput) for
  // anything else, and says what it is and how a key is made.
  static PrivateKey Read(const ByteSource& file);

  std::string Sign(std::string_view message) const;
  PublicKey Public() const { return PublicKey(handle_); }

 private:
  explicit PrivateKey(std::shared_ptr<const PublicKey::Handle> handle)
      : handle_(std::move(handle)) {}

  std::shared_ptr<const PublicKey::Handle> handle_;
};

}  // namespace modelkin

#endif  // MODELKIN_ATTESTATION_OPENSSL_KEYS_H_
