#include "dossier/commitment.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <openssl/rand.h>

#include <algorithm>

#include "base/error.h"
#include "base/interrupt.h"
#include "base/parallel.h"
#include "checkpoint/tensor_reader.h"
#include "source/sha256.h"

namespace modelkin {
namespace {

constexpr std::string_view kLeafTag = "modelkin dossier leaf 1\n";
constexpr std::string_view kNonceTag = "modelkin dossier nonce 1\n";
constexpr std::uint64_t kLeafElementsAtOnce = std::uint64_t{1} << 18;

void AddText(Sha256& sha, std::string_view text) { sha.Update(std::as_bytes(std::span(text))); }

// Texts of any length one after the other, so that no two lists give the same bytes.
void AddCounted(Sha256& sha, std::string_view text) {
  AddText(sha, fmt::format("{}:", text.size()));
  AddText(sha, text);
}

// Elements of a type of less than a byte, as they are stored.
void AddStoredBytes(const Checkpoint& checkpoint, const Tensor& tensor, Sha256& sha,
                    Progress& progress) {
  const ByteSource& source = checkpoint.SourceOf(tensor);
  std::vector<std::byte> scratch;
  constexpr std::uint64_t kBytesAtOnce = std::uint64_t{1} << 20;
  for (std::uint64_t done = 0; done < tensor.length_bytes;) {
    ThrowIfInterrupted();
    const std::uint64_t count = std::min(kBytesAtOnce, tensor.length_bytes - done);
    sha.Update(source.Read(tensor.offset_bytes + done, count, scratch));
    done += count;
    progress.Advance(count);
  }
}

void AddElements(const Checkpoint& checkpoint, const Tensor& tensor, Sha256& sha,
                 Progress& progress) {
  const TensorReader reader(checkpoint, tensor);
  std::vector<std::byte> scratch;
  for (std::uint64_t done = 0; done < tensor.elements;) {
    ThrowIfInterrupted();
    const std::uint64_t count = std::min(kLeafElementsAtOnce, tensor.elements - done);
    const auto bytes = reader.Read(done, count, scratch);
    sha.Update(bytes);
    done += count;
    progress.Advance(bytes.size());
  }
  reader.RequireNothingLost();
}

}  // namespace

Digest RandomKey() {
  Digest key;
  if (RAND_bytes(reinterpret_cast<unsigned char*>(key.data()), static_cast<int>(key.size())) != 1) {
    throw Error(ErrorKind::kIo, "the system has no random numbers for keys");
  }
  return key;
}

Digest NonceOf(const Digest& key, std::uint64_t index) {
  Sha256 sha;
  AddText(sha, kNonceTag);
  sha.Update(key);
  AddText(sha, fmt::format("{}\n", index));
  return *DigestOfHex(sha.HexDigest());
}

Digest LeafOf(const Checkpoint& checkpoint, const Tensor& tensor, const Digest& nonce,
              Progress& progress) {
  Sha256 sha;
  AddText(sha, kLeafTag);
  sha.Update(nonce);
  AddCounted(sha, tensor.name);
  AddCounted(sha, DTypeName(tensor.dtype));
  AddCounted(sha, fmt::format("{}", fmt::join(tensor.shape, ",")));
  if (BitWidth(tensor.dtype) % 8 == 0) {
    AddElements(checkpoint, tensor, sha, progress);
  } else {
    AddStoredBytes(checkpoint, tensor, sha, progress);
  }
  return *DigestOfHex(sha.HexDigest());
}

CommitmentSecret CommitTo(const Checkpoint& checkpoint, const Digest& key, unsigned threads,
                          Progress& progress) {
  const std::vector<Tensor>& tensors = checkpoint.tensors();
  if (tensors.empty()) {
    throw Error(ErrorKind::kBadInput, "has no tensors to commit to", {.file = checkpoint.path()});
  }
  if (checkpoint.incomplete()) {
    throw Error(ErrorKind::kBadInput, "lacks tensors: a commitment is to all of a model",
                {.file = checkpoint.path()});
  }
  CommitmentSecret secret{.key = key, .leaves = std::vector<Digest>(tensors.size())};
  ParallelFor(threads, tensors.size(), [&](std::size_t i, unsigned) {
    secret.leaves[i] = LeafOf(checkpoint, tensors[i], NonceOf(key, i), progress);
  });
  return secret;
}

}  // namespace modelkin
