// What a trace has computed so far, kept on disk so that it can go on after an interruption.
#ifndef MODELKIN_LINEAGE_TRACE_STATE_H_
#define MODELKIN_LINEAGE_TRACE_STATE_H_

#include <chrono>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <string_view>

namespace modelkin {

// A folder with a file for each item, which appears whole or not at all. Without a folder it keeps
// nothing. Thread-compatible.
class TraceState {
 public:
  TraceState() = default;
  // Takes over what is in `folder` if it is of the same fingerprint, and otherwise starts anew in
  // it. Throws Error(kUsage) if the folder has files in it that no trace left, Error(kIo) if it
  // can't be made.
  TraceState(std::string folder, const std::string& fingerprint, std::chrono::seconds interval);

  bool keeps() const { return !folder_.empty(); }
  // Nothing if the item is not there or can't be understood.
  std::optional<nlohmann::json> Load(const std::string& item) const;
  // Keeps an item in place of an older one. Throws Error(kIo).
  void Save(const std::string& item, const nlohmann::json& value);
  // Whether it is time to save what grows all the time.
  bool IsDue() const;
  // Takes everything away, at the end of a trace.
  void Remove() const;

 private:
  std::string Path(const std::string& item) const;

  std::string folder_;
  std::chrono::seconds interval_{};
  std::chrono::steady_clock::time_point saved_ = std::chrono::steady_clock::now();
};

// One item of a state, or of none.
struct StateItem {
  TraceState* state = nullptr;
  std::string name;

  std::optional<nlohmann::json> Load() const;
  void Save(const nlohmann::json& value) const;
  bool IsDue() const { return state != nullptr && state->IsDue(); }
};

}  // namespace modelkin

#endif  // MODELKIN_LINEAGE_TRACE_STATE_H_
