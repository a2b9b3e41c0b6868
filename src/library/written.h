// The text that a writer writes.
#ifndef MODELKIN_LIBRARY_WRITTEN_H_
#define MODELKIN_LIBRARY_WRITTEN_H_

#include <functional>
#include <string>

#include "report/text_sink.h"

namespace modelkin {

inline std::string Written(const std::function<void(const TextSink&)>& write) {
  std::string text;
  write([&](std::string_view piece) { text += piece; });
  return text;
}

}  // namespace modelkin

#endif  // MODELKIN_LIBRARY_WRITTEN_H_
