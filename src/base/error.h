// All that is thrown: what users of the library see, and what is the program's own.
#ifndef MODELKIN_BASE_ERROR_H_
#define MODELKIN_BASE_ERROR_H_

#include <stdexcept>

#include "modelkin/error.h"

namespace modelkin {

// Whoever read what is written has gone, as `head` does: nobody's mistake.
class ReaderGone : public std::runtime_error {
 public:
  ReaderGone() : std::runtime_error("the reader has gone") {}
};

}  // namespace modelkin

#endif  // MODELKIN_BASE_ERROR_H_
