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
#include <vector>

namespace modelkin {

// The part of a trace's work that one of several processes does.
struct TraceShare {
  std::uint32_t index = 0, count = 1;  // index < count

  bool Has(std::size_t job) const { return job % count == index; }
};

// Thrown by a trace that does a share, once it can't go on alone.
struct ShareDone {
  bool more;  // whether there may be more to share out once all others have come as far
};

// A folder with a file for each item, which appears whole or not at all, and is believed only as it
// was written: under the digest of its name, of what the trace depends on, and of itself. Without a
// folder it keeps nothing. A process that does a share keeps what it finds in a folder within, as
// "share-2-of-8", and all of them know what the others have kept. Thread-compatible.
class TraceState {
 public:
  TraceState();
  // Takes over what is in `folder` if it is of the same fingerprint. What is damaged is taken away,
  // and the user told. Throws Error(kUsage) if another process uses the folder, and if it holds the
  // state of another trace or what no trace left, which stays there; Error(kIo) if it can't be
  // made.
  TraceState(const std::string& folder, std::string fingerprint, std::chrono::seconds interval,
             std::optional<TraceShare> share = {});
  ~TraceState();
  TraceState(TraceState&&) noexcept;
  TraceState& operator=(TraceState&&) noexcept;

  bool keeps() const { return !folder_.empty(); }
  // Nothing where all of the work is done.
  const std::optional<TraceShare>& share() const { return share_; }
  // Returns the item as this process kept it and as each other one did, its own first. None if it
  // is not there; what is damaged is left out, and the user told.
  std::vector<nlohmann::json> LoadAll(const std::string& item) const;
  // The first of them.
  std::optional<nlohmann::json> Load(const std::string& item) const;
  // Says that an item which was loaded makes no sense.
  void ReportDamage(const std::string& item) const;
  // Keeps an item in place of an older one. Throws Error(kIo).
  void Save(const std::string& item, const nlohmann::json& value);
  // Whether it is time to save what grows all the time.
  bool IsDue() const;
  // Takes all items away at the end of a trace, those of shares as well, and the folder if a trace
  // made it and nothing else is in it.
  void Remove() const;

 private:
  class Lock;

  // Takes over what is in the folder, or begins it.
  void Begin(const std::string& fingerprint, bool made_folder);
  // Returns the folders of other processes.
  std::vector<std::string> Others() const;
  // As it is there; nothing for what is damaged.
  std::optional<nlohmann::json> Read(const std::string& folder, const std::string& item) const;

  std::string root_, folder_, fingerprint_;  // the two folders differ where this is a share
  std::optional<TraceShare> share_;
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
  // The same with what each process has kept. Returns whether `take` took any of it.
  bool RestoreAll(const std::function<void(const nlohmann::json&)>& take) const;
  void Save(const nlohmann::json& value) const;
  bool IsDue() const { return state != nullptr && state->IsDue(); }
  std::optional<TraceShare> share() const {
    return state == nullptr ? std::nullopt : state->share();
  }

 private:
  bool Take(const nlohmann::json& value,
            const std::function<void(const nlohmann::json&)>& take) const;
};

}  // namespace modelkin

#endif  // MODELKIN_LINEAGE_TRACE_STATE_H_
