// What requests give to Python: the program's own texts.
#ifndef MODELKIN_PYTHON_ANSWER_H_
#define MODELKIN_PYTHON_ANSWER_H_

#include <nanobind/nanobind.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/vector.h>

#include <string>
#include <type_traits>
#include <vector>

#include "call.h"
#include "library/written.h"
#include "model/input_record.h"
#include "report/compare_text.h"
#include "requests/compare.h"

namespace modelkin {

using Strings = std::vector<std::string>;

// What a request gives: JSON, text for people, lines about what its models have odd; a report
// Markdown and the page in place of the text.
using Answer =
    nanobind::typed<nanobind::tuple, nanobind::str, nanobind::str, std::vector<nanobind::str>>;
using ReportAnswer = nanobind::typed<nanobind::tuple, nanobind::str, nanobind::str, nanobind::str,
                                     std::vector<nanobind::str>>;

// Texts of results, as Python's: what is no UTF-8 is replaced.
nanobind::str TextOf(const std::string& text);
nanobind::list LinesOf(const Strings& lines);

void AddWarnings(const InputRecord& input, Strings& lines);

template <class Results>
Strings WarningsOf(const Results& results) {
  Strings lines;
  if constexpr (requires { results.inputs; }) {
    for (const InputRecord& input : results.inputs) AddWarnings(input, lines);
  } else if constexpr (requires { results.input; }) {
    AddWarnings(results.input, lines);
  } else if constexpr (requires { results.model_warnings; }) {
    lines = results.model_warnings;
  }
  if constexpr (std::is_same_v<Results, CompareResults>) {
    if (const auto nothing = NothingCompared(results)) lines.push_back(*nothing);
  }
  return lines;
}

// Runs a request and writes its results while the interpreter goes on.
template <class Compute, class WriteJson, class WriteText>
Answer Answered(const CallSettings& call, const Compute& compute, const WriteJson& write_json,
                const WriteText& write_text) {
  std::string json, text;
  Strings warnings;
  RunCall(call, [&](const RequestContext& context) {
    const auto results = compute(context);
    json = Written([&](const TextSink& sink) { write_json(results, sink); });
    text = Written([&](const TextSink& sink) { write_text(results, sink); });
    warnings = WarningsOf(results);
  });
  return nanobind::make_tuple(TextOf(json), TextOf(text), LinesOf(warnings));
}

}  // namespace modelkin

#endif  // MODELKIN_PYTHON_ANSWER_H_
