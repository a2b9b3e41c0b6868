// A Python pickle as plain data: what it would build, without building it.
#ifndef MODELKIN_STORAGE_TORCH_PICKLE_H_
#define MODELKIN_STORAGE_TORCH_PICKLE_H_

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "source/byte_source.h"
#include "storage/torch/torch_globals.h"

namespace modelkin {

enum class PickleKind : std::uint8_t {
  kNone,
  kBool,
  kInt,    // of 64 bits
  kFloat,  // not kept
  kText,   // UTF-8 as far as the writer kept to it, or bytes of Python 2
  kBytes,  // and whole numbers of more than 64 bits
  kGlobal,
  // The rest are containers.
  kTuple,
  kList,
  kSet,         // frozen or not
  kDict,        // items: key, value, key, value, ...
  kCall,        // items: what is called, its arguments; of a dictionary then keys and values
  kPersistent,  // items: the id of what lies outside the pickle
};

// One value: small, and copied freely. Containers are shared as in Python: a change is seen by all
// that hold one.
struct PickleValue {
  PickleKind kind = PickleKind::kNone;
  std::uint32_t length = 0;  // of text and bytes
  std::int64_t number = 0;   // the number itself; where text begins; which container or global
};

struct PickleContainer {
  std::uint64_t offset_bytes = 0;  // in the pickle, of the instruction that made it
  std::vector<PickleValue> items;
  bool is_used = false;    // as an argument: what it was made into stands, so it may not change
  bool has_state = false;  // was given a state after it was made
};

struct PickleGlobal {
  std::string_view module, name;
  TorchGlobal meaning = TorchGlobal::kData;
};

// What is read of one file, all its pickles together.
struct PickleLimits {
  std::uint64_t bytes = 256'000'000;
  std::uint64_t values = 20'000'000;  // put on the stack or remembered: 16 bytes each
  std::uint64_t containers = 2'000'000;
};

class Pickle {
 public:
  // Reads the pickle that begins at a byte of the file, of protocols 2 to 5, to its end. Nothing of
  // what it names is imported, called or made. Throws Error(kBadInput), with the byte, for one that
  // breaks off or has other instructions, for names that no checkpoint needs, for what goes beyond
  // `limits`, and for a list or dictionary that changes after something was made of it.
  Pickle(const ByteSource& file, std::uint64_t offset_bytes, const PickleLimits& limits = {});
  Pickle(const Pickle&) = delete;
  Pickle& operator=(const Pickle&) = delete;

  const PickleValue& root() const { return root_; }
  // Returns where it begins, and where the next thing after it does, in the file.
  std::uint64_t offset_bytes() const { return offset_bytes_; }
  std::uint64_t end_bytes() const { return offset_bytes_ + length_bytes_; }

  std::string_view Text(const PickleValue& text) const;
  const PickleContainer& Container(const PickleValue& value) const {
    return containers_[static_cast<std::size_t>(value.number)];
  }
  const PickleGlobal& Global(const PickleValue& value) const {
    return globals_[static_cast<std::size_t>(value.number)];
  }
  // Returns what is called by a kCall; nothing of another value, or of a call of what is no global.
  std::optional<TorchGlobal> Called(const PickleValue& value) const;
  // Returns keys and values, in turn, of a dictionary of any kind; nothing of another value, or of
  // pairs that are none.
  std::optional<std::vector<PickleValue>> Pairs(const PickleValue& value) const;
  // Returns all ids of what lies outside, in their order.
  const std::vector<PickleValue>& persistent() const { return persistent_; }

 private:
  friend class PickleMachine;

  std::uint64_t offset_bytes_ = 0, length_bytes_ = 0;
  std::vector<std::byte> scratch_;
  std::span<const std::byte> bytes_;
  PickleValue root_;
  std::vector<PickleContainer> containers_;
  std::vector<PickleGlobal> globals_;
  std::vector<PickleValue> persistent_;
};

}  // namespace modelkin

#endif  // MODELKIN_STORAGE_TORCH_PICKLE_H_
