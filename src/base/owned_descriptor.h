// A file descriptor that closes itself.
#ifndef MODELKIN_BASE_OWNED_DESCRIPTOR_H_
#define MODELKIN_BASE_OWNED_DESCRIPTOR_H_

#include <unistd.h>

#include <utility>

namespace modelkin {

class OwnedDescriptor {
 public:
  OwnedDescriptor() = default;
  explicit OwnedDescriptor(int value) : value_(value) {}
  OwnedDescriptor(OwnedDescriptor&& other) noexcept : value_(other.Release()) {}
  OwnedDescriptor& operator=(OwnedDescriptor&& other) noexcept {
    std::swap(value_, other.value_);
    return *this;
  }
  OwnedDescriptor(const OwnedDescriptor&) = delete;
  OwnedDescriptor& operator=(const OwnedDescriptor&) = delete;
  ~OwnedDescriptor() {
    if (value_ >= 0) close(value_);
  }

  explicit operator bool() const { return value_ >= 0; }
  int get() const { return value_; }
  // Gives the descriptor away, to be closed by the caller.
  int Release() { return std::exchange(value_, -1); }

 private:
  int value_ = -1;
};

}  // namespace modelkin

#endif  // MODELKIN_BASE_OWNED_DESCRIPTOR_H_
