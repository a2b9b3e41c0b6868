#include "storage/torch/pickle.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <exception>
#include <unordered_map>

#include "base/error.h"
#include "base/escaped_text.h"
#include "source/range_check.h"
#include "storage/torch/little_endian.h"
#include "storage/torch/pickle_op.h"

namespace modelkin {
namespace {

constexpr std::uint64_t kFirstWindow = std::uint64_t{1} << 20;  // of a file over a network
constexpr std::size_t kMostNameBytes = 1024;                    // of a module, class or function
constexpr std::size_t kMostIntBytes = 8;

using Op = PickleOp;

// The pickle goes on behind the bytes at hand.
struct OutOfBytes : std::exception {};

bool IsContainer(PickleKind kind) { return kind >= PickleKind::kTuple; }

}  // namespace

// Runs the instructions on a stack of values. Nothing recurses.
class PickleMachine {
 public:
  PickleMachine(const std::string& label, const PickleLimits& limits, Pickle& pickle)
      : label_(label), limits_(limits), pickle_(pickle), bytes_(pickle.bytes_) {}

  void Run() {
    while (!stopped_) {
      op_at_ = at_;
      const auto op = Take<std::uint8_t>();
      if (!RunData(static_cast<Op>(op)) && !RunStructure(static_cast<Op>(op))) {
        Fail(fmt::format("has the instruction 0x{:02X}, which torch does not write", op));
      }
    }
    pickle_.length_bytes_ = at_;
  }

 private:
  [[noreturn]] void Fail(std::string_view message) const {
    throw Error(ErrorKind::kBadInput, fmt::format("its pickle {}", message),
                {.file = label_, .tensor = {}, .offset_bytes = pickle_.offset_bytes_ + op_at_});
  }

  template <class Number>
  Number Take() {
    if (bytes_.size() - at_ < sizeof(Number)) throw OutOfBytes();
    const auto number = LittleEndian<Number>(bytes_, at_);
    at_ += sizeof(Number);
    return number;
  }

  void Push(PickleValue value) {
    Count();
    stack_.push_back(value);
  }
  void Push(PickleKind kind, std::int64_t number = 0) {
    Push({.kind = kind, .length = 0, .number = number});
  }

  // Counts a value that is put on the stack or remembered.
  void Count() {
    if (++values_ > limits_.values) {
      Fail(fmt::format("holds more than {} values", limits_.values));
    }
  }

  void PushText(PickleKind kind, std::uint64_t length) {
    if (length > limits_.bytes) Fail(fmt::format("has a text of {} bytes", length));
    if (bytes_.size() - at_ < length) throw OutOfBytes();
    Push({.kind = kind,
          .length = static_cast<std::uint32_t>(length),
          .number = static_cast<std::int64_t>(at_)});
    at_ += length;
  }

  void PushInt(std::uint64_t length) {
    if (length > kMostIntBytes) return PushText(PickleKind::kBytes, length);
    if (bytes_.size() - at_ < length) throw OutOfBytes();
    std::uint64_t number = 0;
    for (std::uint64_t i = 0; i < length; ++i) {
      number |= static_cast<std::uint64_t>(bytes_[at_ + i]) << (8 * i);
    }
    const bool negative = length > 0 && (bytes_[at_ + length - 1] & std::byte{0x80}) != std::byte{};
    if (negative && length < kMostIntBytes) number |= ~std::uint64_t{0} << (8 * length);
    at_ += length;
    Push(PickleKind::kInt, static_cast<std::int64_t>(number));
  }

  PickleContainer& Make(PickleKind kind) {
    if (pickle_.containers_.size() + pickle_.globals_.size() >= limits_.containers) {
      Fail(fmt::format("holds more than {} lists, dictionaries and objects", limits_.containers));
    }
    Push(kind, static_cast<std::int64_t>(pickle_.containers_.size()));
    return pickle_.containers_.emplace_back(
        PickleContainer{.offset_bytes = op_at_, .items = {}, .is_used = false, .has_state = false});
  }

  std::size_t Floor() const { return marks_.empty() ? 0 : marks_.back(); }

  PickleValue Pop() {
    if (stack_.size() <= Floor()) Fail("takes a value from an empty stack");
    const PickleValue value = stack_.back();
    stack_.pop_back();
    return value;
  }

  // Takes all values above the last mark.
  std::vector<PickleValue> PopToMark() {
    if (marks_.empty()) Fail("goes back to a mark that is not there");
    const auto first = stack_.begin() + static_cast<std::ptrdiff_t>(marks_.back());
    std::vector<PickleValue> values(first, stack_.end());
    stack_.erase(first, stack_.end());
    marks_.pop_back();
    return values;
  }

  void PushTuple(std::size_t count) {
    std::vector<PickleValue> items(count);
    for (std::size_t i = count; i-- > 0;) items[i] = Pop();
    Make(PickleKind::kTuple).items = std::move(items);
  }

  // The container on top of the stack, which is about to change.
  PickleContainer& Changing(const char* what, bool (*fits)(const Pickle&, const PickleValue&)) {
    if (stack_.size() <= Floor() || !fits(pickle_, stack_.back())) {
      Fail(fmt::format("adds to what is no {}", what));
    }
    PickleContainer& container =
        pickle_.containers_[static_cast<std::size_t>(stack_.back().number)];
    if (container.is_used) Fail(fmt::format("changes a {} after something was made of it", what));
    return container;
  }

  void Append(std::span<const PickleValue> values, const char* what,
              bool (*fits)(const Pickle&, const PickleValue&)) {
    std::vector<PickleValue>& items = Changing(what, fits).items;
    items.insert(items.end(), values.begin(), values.end());
  }

  static bool IsList(const Pickle&, const PickleValue& value) {
    return value.kind == PickleKind::kList;
  }
  static bool IsSet(const Pickle&, const PickleValue& value) {
    return value.kind == PickleKind::kSet;
  }
  static bool IsDictionary(const Pickle& pickle, const PickleValue& value) {
    return value.kind == PickleKind::kDict || pickle.Called(value) == TorchGlobal::kDictionary;
  }

  void SetItems(std::span<const PickleValue> pairs) {
    if (pairs.size() % 2 != 0) Fail("has a key without a value");
    Append(pairs, "dictionary", IsDictionary);
  }

  // Makes a value of what is called and its arguments, which may not change any more.
  void PushCall(bool has_keywords) {
    if (has_keywords) Pop();
    const PickleValue arguments = Pop();
    const PickleValue called = Pop();
    if (arguments.kind != PickleKind::kTuple) Fail("has arguments that are no tuple");
    if (called.kind != PickleKind::kGlobal) Fail("calls what is no function");
    MarkUsed(arguments);
    Make(PickleKind::kCall).items = {called, arguments};
  }

  // Each container is gone through once, however often it is used.
  void MarkUsed(const PickleValue& value) {
    std::vector<PickleValue> open = {value};
    while (!open.empty()) {
      const PickleValue next = open.back();
      open.pop_back();
      if (!IsContainer(next.kind)) continue;
      PickleContainer& container = pickle_.containers_[static_cast<std::size_t>(next.number)];
      if (container.is_used) continue;
      container.is_used = true;
      open.insert(open.end(), container.items.begin(), container.items.end());
    }
  }

  void PushGlobal(std::string_view module, std::string_view name) {
    const auto meaning = MeaningOfGlobal(module, name);
    if (!meaning) {
      Fail(
          fmt::format("names {}.{}, which no checkpoint needs: it is not read (keep the weights "
                      "alone, as by torch.save(model.state_dict(), file))",
                      Printable(module), Printable(name)));
    }
    if (pickle_.containers_.size() + pickle_.globals_.size() >= limits_.containers) {
      Fail(fmt::format("holds more than {} lists, dictionaries and objects", limits_.containers));
    }
    Push(PickleKind::kGlobal, static_cast<std::int64_t>(pickle_.globals_.size()));
    pickle_.globals_.push_back({.module = module, .name = name, .meaning = *meaning});
  }

  std::string_view TakeLine() {
    const auto* const begin = reinterpret_cast<const char*>(bytes_.data()) + at_;
    const std::size_t most = std::min(bytes_.size() - at_, kMostNameBytes + 1);
    const void* const end = std::memchr(begin, '\n', most);
    if (end == nullptr && most > kMostNameBytes) Fail("has a name of over 1024 bytes");
    if (end == nullptr) throw OutOfBytes();
    const auto length = static_cast<std::size_t>(static_cast<const char*>(end) - begin);
    at_ += length + 1;
    return {begin, length};
  }

  void StackGlobal() {
    const PickleValue name = Pop(), module = Pop();
    if (name.kind != PickleKind::kText || module.kind != PickleKind::kText) {
      Fail("names what is no text");
    }
    if (name.length > kMostNameBytes || module.length > kMostNameBytes) {
      Fail("has a name of over 1024 bytes");
    }
    PushGlobal(pickle_.Text(module), pickle_.Text(name));
  }

  void Remember(std::uint64_t number) {
    if (stack_.size() <= Floor()) Fail("remembers a value that is not there");
    Count();
    memo_[number] = stack_.back();
  }

  void Recall(std::uint64_t number) {
    const auto found = memo_.find(number);
    if (found == memo_.end()) Fail(fmt::format("recalls value {}, which it never had", number));
    Push(found->second);
  }

  void Persistent() {
    const PickleValue id = Pop();
    MarkUsed(id);
    Make(PickleKind::kPersistent).items = {id};
    pickle_.persistent_.push_back(id);
  }

  // Numbers, texts and what is remembered. Returns whether it was such an instruction.
  bool RunData(Op op) {
    switch (op) {
      case Op::kNone: Push(PickleKind::kNone); return true;
      case Op::kNewTrue: Push(PickleKind::kBool, 1); return true;
      case Op::kNewFalse: Push(PickleKind::kBool, 0); return true;
      case Op::kBinInt: Push(PickleKind::kInt, Take<std::int32_t>()); return true;
      case Op::kBinInt1: Push(PickleKind::kInt, Take<std::uint8_t>()); return true;
      case Op::kBinInt2: Push(PickleKind::kInt, Take<std::uint16_t>()); return true;
      case Op::kLong1: PushInt(Take<std::uint8_t>()); return true;
      case Op::kLong4: PushInt(Take<std::uint32_t>()); return true;
      case Op::kBinFloat:
        Take<std::uint64_t>();
        Push(PickleKind::kFloat);
        return true;
      case Op::kShortBinString:
      case Op::kShortBinUnicode: PushText(PickleKind::kText, Take<std::uint8_t>()); return true;
      case Op::kBinString:
      case Op::kBinUnicode: PushText(PickleKind::kText, Take<std::uint32_t>()); return true;
      case Op::kBinUnicode8: PushText(PickleKind::kText, Take<std::uint64_t>()); return true;
      case Op::kShortBinBytes: PushText(PickleKind::kBytes, Take<std::uint8_t>()); return true;
      case Op::kBinBytes: PushText(PickleKind::kBytes, Take<std::uint32_t>()); return true;
      case Op::kBinBytes8:
      case Op::kByteArray8: PushText(PickleKind::kBytes, Take<std::uint64_t>()); return true;
      case Op::kBinPut: Remember(Take<std::uint8_t>()); return true;
      case Op::kLongBinPut: Remember(Take<std::uint32_t>()); return true;
      case Op::kMemoize: Remember(memo_.size()); return true;
      case Op::kBinGet: Recall(Take<std::uint8_t>()); return true;
      case Op::kLongBinGet: Recall(Take<std::uint32_t>()); return true;
      default: return false;
    }
  }

  // Containers, objects and the stack itself.
  bool RunStructure(Op op) {
    switch (op) {
      case Op::kProto: Protocol(Take<std::uint8_t>()); return true;
      case Op::kFrame: Take<std::uint64_t>(); return true;
      case Op::kStop: Stop(); return true;
      case Op::kMark:
        Count();
        marks_.push_back(stack_.size());
        return true;
      case Op::kPop: PopOne(); return true;
      case Op::kPopMark: PopToMark(); return true;
      case Op::kDup: {
        const PickleValue top = Pop();
        Push(top);
        Push(top);
        return true;
      }
      case Op::kEmptyTuple: Make(PickleKind::kTuple); return true;
      case Op::kEmptyList: Make(PickleKind::kList); return true;
      case Op::kEmptyDict: Make(PickleKind::kDict); return true;
      case Op::kEmptySet: Make(PickleKind::kSet); return true;
      case Op::kTuple: MakeOfMark(PickleKind::kTuple); return true;
      case Op::kFrozenSet: MakeOfMark(PickleKind::kSet); return true;
      case Op::kTuple1: PushTuple(1); return true;
      case Op::kTuple2: PushTuple(2); return true;
      case Op::kTuple3: PushTuple(3); return true;
      case Op::kAppend: {
        const PickleValue item = Pop();
        Append({&item, 1}, "list", IsList);
        return true;
      }
      case Op::kAppends: Append(PopToMark(), "list", IsList); return true;
      case Op::kAddItems: Append(PopToMark(), "set", IsSet); return true;
      case Op::kSetItem: {
        const PickleValue value = Pop(), key = Pop();
        SetItems(std::array{key, value});
        return true;
      }
      case Op::kSetItems: SetItems(PopToMark()); return true;
      case Op::kGlobal: {
        const std::string_view module = TakeLine();
        PushGlobal(module, TakeLine());
        return true;
      }
      case Op::kStackGlobal: StackGlobal(); return true;
      case Op::kReduce:
      case Op::kNewObj: PushCall(false); return true;
      case Op::kNewObjEx: PushCall(true); return true;
      case Op::kBuild: Build(); return true;
      case Op::kBinPersId: Persistent(); return true;
      default: return false;
    }
  }

  void MakeOfMark(PickleKind kind) {
    std::vector<PickleValue> items = PopToMark();
    Make(kind).items = std::move(items);
  }

  void Protocol(unsigned protocol) const {
    if (protocol < 2 || protocol > 5) Fail(fmt::format("is of protocol {}", protocol));
  }

  // Takes a value, or else the mark on top.
  void PopOne() {
    if (stack_.size() > Floor()) {
      stack_.pop_back();
    } else if (!marks_.empty()) {
      marks_.pop_back();
    } else {
      Fail("takes a value from an empty stack");
    }
  }

  // States say nothing of weights, but a tensor that gets one is not what it was made as.
  void Build() {
    Pop();
    if (stack_.size() <= Floor() || stack_.back().kind != PickleKind::kCall) {
      Fail("gives a state to what is no object");
    }
    pickle_.containers_[static_cast<std::size_t>(stack_.back().number)].has_state = true;
  }

  void Stop() {
    pickle_.root_ = Pop();
    stopped_ = true;
  }

  const std::string& label_;
  const PickleLimits& limits_;
  Pickle& pickle_;
  std::span<const std::byte> bytes_;
  std::size_t at_ = 0, op_at_ = 0;
  std::uint64_t values_ = 0;
  bool stopped_ = false;
  std::vector<PickleValue> stack_;
  std::vector<std::size_t> marks_;
  std::unordered_map<std::uint64_t, PickleValue> memo_;
};

Pickle::Pickle(const ByteSource& file, std::uint64_t offset_bytes, const PickleLimits& limits)
    : offset_bytes_(offset_bytes) {
  RequireRange(file, offset_bytes, 0);
  const std::uint64_t most = std::min(limits.bytes, file.size_bytes() - offset_bytes);
  std::uint64_t window = file.BytesToMove(offset_bytes, most) > 0 ? kFirstWindow : most;
  for (;; window *= 4) {
    window = std::min(window, most);
    bytes_ = file.Read(offset_bytes, window, scratch_);
    RequireNothingLost(file);
    try {
      PickleMachine(file.label(), limits, *this).Run();
      return;
    } catch (const OutOfBytes&) {
      if (window == most) break;
    }
    containers_.clear();
    globals_.clear();
    persistent_.clear();
  }
  throw Error(ErrorKind::kBadInput,
              most == limits.bytes
                  ? fmt::format("its pickle goes on for more than {} bytes", limits.bytes)
                  : std::string("its pickle breaks off: the file is cut off, or no torch file"),
              {.file = file.label(), .tensor = {}, .offset_bytes = offset_bytes + most});
}

}  // namespace modelkin
