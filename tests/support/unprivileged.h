// Permissions bind root only when it gives its own up.
#ifndef MODELKIN_TESTS_SUPPORT_UNPRIVILEGED_H_
#define MODELKIN_TESTS_SUPPORT_UNPRIVILEGED_H_

#include <unistd.h>

namespace modelkin::testing {

// While it lives, the process has no more permissions than an ordinary user; false if the system
// does not allow that.
class Unprivileged {
 public:
  Unprivileged() : was_root_(geteuid() == 0), ok_(!was_root_ || seteuid(kNobody) == 0) {}
  ~Unprivileged() {
    if (was_root_ && seteuid(0) != 0) ok_ = false;
  }
  Unprivileged(const Unprivileged&) = delete;
  Unprivileged& operator=(const Unprivileged&) = delete;

  explicit operator bool() const { return ok_; }

 private:
  static constexpr uid_t kNobody = 65534;
  bool was_root_;
  bool ok_;
};

}  // namespace modelkin::testing

#endif  // MODELKIN_TESTS_SUPPORT_UNPRIVILEGED_H_
