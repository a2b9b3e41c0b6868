// What a trace has computed so far, kept on disk so that it can go on after an interruption.
#ifndef MODELKIN_LINEAGE_TRACE_STATE_H_
#define MODELKIN_LINEAGE_TRACE_STATE_H_

#include <chrono>
#include <functional>
#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <string_view>

namespace modelkin {

// A folder with a file for each item, which appears whole or not at all, and is believed only as it
// was written: under the digest of its name, of what the trace depends on, and of itself. Without a
// folder it keeps nothing. Thread-compatible.
class TraceState {
 public:
  TraceState();
  // Takes over what is in `folder` if it is of the same fingerprint. What is damaged is taken away,
  // and the user told. Throws Error(kUsage) if another process uses the folder, and if it holds the
  // state of another trace or what no trace left, which stays there; Error(kIo) if it can't be
  // made.
  TraceState(std::string folder, std::string fingerprint, std::chrono::seconds interval);
  ~TraceState();
  TraceState(TraceState&&) noexcept;
  TraceState& operator=(TraceState&&) noexcept;

  bool keeps() const { return !folder_.empty(); }
  // Nothing if the item is not there; nothing either if it is damaged, and the user is told.
  std::optional<nlohmann::json> Load(const std::string& item) const;
  // Says that an item which was loaded makes no sense.
  void ReportDamage(const std::string& item) const;
  // Keeps an item in place of an older one. Throws Error(kIo).
  void Save(const std::string& item, const nlohmann::json& value);
  // Whether it is time to save what grows all the time.
  bool IsDue() const;
  // Takes all items away at the end of a trace, and the folder if a trace made it and nothing else
  // is in it.
  void Remove() const;

 private:
  class Lock;

  std::string Path(const std::string& item) const;
  // As it is there; nothing for what is damaged.
  std::optional<nlohmann::json> Read(const std::string& item) const;

  std::string folder_, fingerprint_;
  std::chrono::seconds interval_{};
  std::chrono::steady_clock::time_point saved_ = std::chrono::steady_clock::now();
  bool made_folder_ = false;  // by this trace, before or after an interruption
  std::unique_ptr<Lock> lock_;
};

// One item of a state, or of none.
struct StateItem {
  TraceState* state = nullptr;
  std::string name;

  // Hands what was kept to `take`, if there is something. Returns whether `take` took it: where it
  // throws what a wrong value makes it throw (an exception of the JSON library, std::out_of_range),
  // the user is told, and `take` has to have changed nothing.
  bool Restore(const std::function<void(const nlohmann::json&)>& take) const;
  void Save(const nlohmann::json& value) const;
  bool IsDue() const { return state != nullptr && state->IsDue(); }
};

}  // namespace modelkin

#endif  // MODELKIN_LINEAGE_TRACE_STATE_H_
