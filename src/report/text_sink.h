// Where the writers of results put their text.
#ifndef MODELKIN_REPORT_TEXT_SINK_H_
#define MODELKIN_REPORT_TEXT_SINK_H_

#include <functional>
#include <string_view>

namespace modelkin {

// Takes the output, piece by piece.
using TextSink = std::function<void(std::string_view)>;

}  // namespace modelkin

#endif  // MODELKIN_REPORT_TEXT_SINK_H_
