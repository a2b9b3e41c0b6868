#include "report/page_data.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <initializer_list>
#include <map>
#include <string_view>
#include <utility>

#include "base/escaped_text.h"
#include "report/json_output.h"

namespace modelkin {
namespace {

constexpr std::size_t kShownDigits = 12;  // of a digest

void Simplify(Json& value) {
  if (value.is_structured()) {
    for (Json& part : value) Simplify(part);
  } else if (value.is_string()) {
    value = WithoutControls(value.get<std::string>());
  } else if (value.is_number_float()) {
    value = std::strtod(fmt::format("{:.6g}", value.get<double>()).c_str(), nullptr);
  }
}

Json* Find(Json& object, std::string_view key) {
  if (!object.is_object()) return nullptr;
  const auto found = object.find(key);
  return found == object.end() ? nullptr : &*found;
}

// Entries of a list with these members alone, where they are not null.
void Keep(Json& parent, std::string_view list, std::initializer_list<std::string_view> members) {
  Json* const entries = Find(parent, list);
  if (entries == nullptr || !entries->is_array()) return;
  for (Json& entry : *entries) {
    Json kept = Json::object();
    for (const std::string_view member : members) {
      Json* const value = Find(entry, member);
      if (value != nullptr && !value->is_null()) kept[std::string(member)] = std::move(*value);
    }
    entry = std::move(kept);
  }
}

void Empty(Json& parent, std::string_view list) {
  if (Json* const entries = Find(parent, list)) *entries = Json::array();
}

// Digests as short as the page shows them; distances of all tensors, as it adds them up, in the
// first entry.
void TrimDiff(Json& diff) {
  Json* const tensors = Find(diff, "tensors");
  if (tensors == nullptr || !tensors->is_array() || tensors->empty()) return;
  std::map<std::pair<double, double>, Json> sums;
  for (Json& tensor : *tensors) {
    for (const char* const side : {"a", "b"}) {
      Json* const of_side = Find(tensor, side);
      Json* const digest = of_side == nullptr ? nullptr : Find(*of_side, "sha256");
      if (digest != nullptr && digest->is_string()) {
        *digest = digest->get<std::string>().substr(0, kShownDigits);
      }
    }
    Json* const distances = Find(tensor, "ulp_distances");
    Json* const buckets = distances == nullptr ? nullptr : Find(*distances, "buckets");
    if (buckets == nullptr) continue;
    for (Json& bucket : *buckets) {
      const std::pair place(bucket["from"].get<double>(), bucket["to"].get<double>());
      const auto [sum, is_new] = sums.emplace(place, bucket);
      if (is_new) continue;
      sum->second["count"] =
          sum->second["count"].get<std::uint64_t>() + bucket["count"].get<std::uint64_t>();
    }
  }
  Keep(diff, "tensors", {"a", "b", "identical", "bit_equal"});
  Json all = Json::array();
  for (auto& [place, bucket] : sums) all.push_back(std::move(bucket));
  tensors->front()["ulp_distances"] = {{"buckets", std::move(all)}};
}

void Trim(Json& trace, Json& compare, Json& diff) {
  Keep(trace, "heritage",
       {"tensor", "from", "class", "equal_share", "relative_change", "correlation",
        "baseline_correlation", "note", "moved", "rotated"});
  Keep(trace, "mlps", {"b", "a", "skipped", "agreement", "log10_p"});
  Empty(trace, "residual_tensors");
  Empty(trace, "unit_order");
  Keep(compare, "tensors", {"b", "role", "layer", "layer_b"});
  for (const char* const list : {"control_tensors", "within_tensors"}) Empty(compare, list);
  TrimDiff(diff);
}

}  // namespace

std::string PageData(const std::string& report) {
  Json data = Json::parse(report);
  Trim(data["trace"], data["compare"], data["diff"]);
  Simplify(data);
  return Dump(data);
}

}  // namespace modelkin
