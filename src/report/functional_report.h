// What a functional comparison found, as JSON and as text: parts of `modelkin compare`'s outputs.
#ifndef MODELKIN_REPORT_FUNCTIONAL_REPORT_H_
#define MODELKIN_REPORT_FUNCTIONAL_REPORT_H_

#include <functional>
#include <nlohmann/json_fwd.hpp>
#include <string>

#include "functional/functional_comparison.h"
#include "report/screen.h"
#include "report/text_sink.h"

namespace modelkin {

nlohmann::ordered_json FunctionalJson(const FunctionalResults& results);
std::string FunctionalMarkdown(const FunctionalResults& functional);
std::string FunctionalText(const FunctionalResults& results, const Screen& screen,
                           const std::function<std::string(InputId)>& name_of);

}  // namespace modelkin

#endif  // MODELKIN_REPORT_FUNCTIONAL_REPORT_H_
