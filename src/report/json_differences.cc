#include "report/json_differences.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "base/error.h"
#include "base/escaped_text.h"
#include "report/json_output.h"
#include "scan/pair_metrics.h"

namespace modelkin {
namespace {

using nlohmann::json;

constexpr std::size_t kLongestShown = 80;

bool IsAboutTheRun(const std::string& place) { return place == "run" || place == "tool"; }

bool IsPath(const std::string& place) {
  return place.starts_with("inputs[") &&
         (place.ends_with("].path") || place.ends_with("].resolved"));
}

class JsonComparer {
 public:
  JsonDifferences Run(const json& recorded, const json& again) {
    Compare("", recorded, again, kCloseToZero);
    return std::move(result_);
  }

 private:
  void Compare(const std::string& place, const json& recorded, const json& again,
               double tolerance) {
    if (IsAboutTheRun(place) || IsPath(place)) return;
    if (recorded.is_object() && again.is_object()) {
      CompareObjects(place, recorded, again, tolerance);
    } else if (recorded.is_array() && again.is_array()) {
      CompareArrays(place, recorded, again, tolerance);
    } else if (recorded == again) {
      ++result_.equal;
    } else if (AreClose(recorded, again, tolerance)) {
      ++result_.close;
    } else {
      Add(place, recorded.dump(), again.dump());
    }
  }

  void CompareObjects(const std::string& place, const json& recorded, const json& again,
                      double tolerance) {
    const std::string prefix = place.empty() ? "" : place + ".";
    for (const auto& [key, value] : recorded.items()) {
      const auto other = again.find(key);
      if (other == again.end()) {
        Add(prefix + key, value.dump(), "");
      } else {
        Compare(prefix + key, value, *other, std::max(tolerance, ToleranceOf(key, recorded)));
      }
    }
    for (const auto& [key, value] : again.items()) {
      if (!recorded.contains(key)) Add(prefix + key, "", value.dump());
    }
  }

  void CompareArrays(const std::string& place, const json& recorded, const json& again,
                     double tolerance) {
    const std::size_t both = std::min(recorded.size(), again.size());
    for (std::size_t i = 0; i < both; ++i) {
      Compare(fmt::format("{}[{}]", place, i), recorded[i], again[i], tolerance);
    }
    for (std::size_t i = both; i < std::max(recorded.size(), again.size()); ++i) {
      const bool is_recorded = i < recorded.size();
      Add(fmt::format("{}[{}]", place, i), is_recorded ? recorded[i].dump() : "",
          is_recorded ? "" : again[i].dump());
    }
  }

  // Of what is under a key, where its size does not say how exact it is: a metric's own, and for a
  // mean beside the deviation from it a share of that.
  static double ToleranceOf(const std::string& key, const json& object) {
    const auto* const field = std::ranges::find(kPairMetricFields, key, &PairMetricField::name);
    if (field != kPairMetricFields.end()) return field->absolute_tolerance;
    const auto deviation = object.find("sd");
    if (key != "mean" || deviation == object.end() || !deviation->is_number()) return 0;
    return kCloseMean * std::abs(deviation->get<double>());
  }

  static bool AreClose(const json& recorded, const json& again, double tolerance) {
    if (!recorded.is_number_float() || !again.is_number_float()) return false;
    const double x = recorded.get<double>(), y = again.get<double>();
    return std::abs(x - y) <= std::max(tolerance, kClose * std::max(std::abs(x), std::abs(y)));
  }

  void Add(const std::string& place, const std::string& recorded, const std::string& again) {
    ++result_.different;
    if (result_.first.size() < kShownDifferences) {
      result_.first.push_back({.place = place, .recorded = recorded, .again = again});
    }
  }

  JsonDifferences result_;
};

}  // namespace

JsonDifferences CompareResultsJson(const json& recorded, const json& again) {
  return JsonComparer().Run(recorded, again);
}

void WriteDifferencesText(const JsonDifferences& differences, const TextSink& sink) {
  for (const JsonDifference& difference : differences.first) {
    const auto shown = [](const std::string& value) {
      return value.empty() ? "nothing" : Printable(value, kLongestShown);
    };
    sink(fmt::format("{}: {} recorded, {} computed\n", Printable(difference.place),
                     shown(difference.recorded), shown(difference.again)));
  }
  if (differences.different > differences.first.size()) sink("...\n");
  sink(fmt::format("{}: {} values agree, {} within {:g} of their size, {} differ\n",
                   differences.agree() ? "confirmed" : "NOT confirmed", differences.equal,
                   differences.close, kClose, differences.different));
}

nlohmann::ordered_json DifferencesJson(const JsonDifferences& differences) {
  Json list = Json::array();
  for (const JsonDifference& difference : differences.first) {
    list.push_back({{"place", difference.place},
                    {"recorded", difference.recorded},
                    {"computed", difference.again}});
  }
  return list;
}

void WriteDifferencesJson(const JsonDifferences& differences, const TextSink& sink) {
  JsonObjectWriter writer(sink);
  writer.Member("confirmed", differences.agree());
  writer.Member("equal", differences.equal);
  writer.Member("close", differences.close);
  writer.Member("different", differences.different);
  writer.Member("differences", DifferencesJson(differences));
  writer.Member("attestation", nullptr);
  writer.End();
}

}  // namespace modelkin
