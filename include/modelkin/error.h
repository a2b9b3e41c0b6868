// What the library throws: what went wrong, in which file, tensor and byte.
#ifndef MODELKIN_ERROR_H_
#define MODELKIN_ERROR_H_

#include <cstdint>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>

#include "modelkin/export.h"

namespace modelkin {

// What kind of thing went wrong. The number is the process's exit code.
enum class ErrorKind : int {
  kUsage = 2,     // the call itself is wrong: unknown flag, contradictory options
  kBadInput = 3,  // a file breaks its format's rules, is missing, or changed while it was read
  kIo = 4,        // the system or the network failed: permission, disk full, read error
};

// Where in which input. Empty members are left out of the message.
struct ErrorSite {
  std::string file;
  std::string tensor;
  std::optional<std::uint64_t> offset_bytes;
};

// what() is a single printable line, `FILE: tensor "NAME": byte OFFSET: MESSAGE`, whatever bytes
// the input put into those names.
class MODELKIN_EXPORT Error : public std::runtime_error {
 public:
  Error(ErrorKind kind, std::string_view message, ErrorSite site = {});

  ErrorKind kind() const { return kind_; }
  // Returns whether the system failed, and not an input. Code that goes on without a file that is
  // missing or wrong must not go on without one that can't be read just now: the result would
  // depend on that.
  bool is_failure_of_system() const { return kind_ == ErrorKind::kIo; }
  const ErrorSite& site() const { return site_; }
  // Returns what() without the site.
  const std::string& message() const { return message_; }

 private:
  ErrorKind kind_;
  std::string message_;
  ErrorSite site_;
};

// Thrown where long work notices that it was asked to stop. Not an Error: nothing went wrong.
class MODELKIN_EXPORT Interrupted : public std::runtime_error {
 public:
  Interrupted() : std::runtime_error("interrupted") {}
};

}  // namespace modelkin

#endif  // MODELKIN_ERROR_H_
