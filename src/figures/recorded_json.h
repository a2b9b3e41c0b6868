// Members of recorded results, none of which is believed to be there or of its type.
#ifndef MODELKIN_FIGURES_RECORDED_JSON_H_
#define MODELKIN_FIGURES_RECORDED_JSON_H_

#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <string_view>

namespace modelkin {

class RecordedJson {
 public:
  // `command`: whose results are wanted, "trace".
  RecordedJson(std::string file, std::string command)
      : file_(std::move(file)), command_(std::move(command)) {}

  // Returns the command's part of a report, or `results` themselves. Throws Error(kBadInput) where
  // they are of another command.
  const nlohmann::json& PartOf(const nlohmann::json& results) const;
  // Returns the member; an empty one where it is null or not there. Throws Error(kBadInput) where
  // it is of another type.
  const nlohmann::json& Object(const nlohmann::json& parent, const char* name) const;
  const nlohmann::json& List(const nlohmann::json& parent, const char* name) const;
  // Return the member; "" and nothing where it is not there or of another type.
  std::string Text(const nlohmann::json& parent, const char* name) const;
  std::optional<double> Number(const nlohmann::json& parent, const char* name) const;

  [[noreturn]] void Fail(std::string_view what) const;

 private:
  std::string file_, command_;
};

}  // namespace modelkin

#endif  // MODELKIN_FIGURES_RECORDED_JSON_H_
