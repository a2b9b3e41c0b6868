#include "checkpoint/shard_index.h"

#include <fmt/format.h>

#include <vector>

#include "base/error.h"
#include "base/escaped_text.h"
#include "checkpoint/weight_file_name.h"
#include "source/json_text.h"
#include "source/range_check.h"
#include "storage/file_signature.h"
#include "storage/safetensors.h"

namespace modelkin {
namespace {

bool IsPlainPart(std::string_view name) {
  return !name.empty() && name.size() <= 255 && name.front() != '.' &&
         name.find_first_of(std::string_view("\\\0", 2)) == std::string_view::npos;
}

// "model.safetensors" or "sub/model.safetensors": never out of the folder.
bool IsShardName(std::string_view name) {
  if (!HasWeightEnding(name) || name.size() > kMaxShardNameBytes) return false;
  for (std::size_t end = 0; (end = name.find('/')) != std::string_view::npos;) {
    if (!IsPlainPart(name.substr(0, end))) return false;
    name.remove_prefix(end + 1);
  }
  return IsPlainPart(name);
}

class IndexHandler : public JsonHandler {
 public:
  explicit IndexHandler(const std::string& label) : JsonHandler(label, 0) {
    context_ = "the index";
  }

  ShardIndex Take() {
    if (!weight_map_seen_) Fail("the index has no \"weight_map\"");
    return std::move(index_);
  }

  // Of "metadata": "total_size", if that is a number of bytes.
  std::optional<std::uint64_t> declared_bytes() const { return declared_bytes_; }

  bool start_object(std::size_t) override {
    if (Skip(+1)) return true;
    if (place_ == Place::kDocument) {
      place_ = Place::kIndex;
    } else if (place_ == Place::kWeightMapValue) {
      place_ = Place::kWeightMap;
    } else {
      return Unexpected("an object");
    }
    return true;
  }

  bool key(std::string& name) override {
    if (place_ == Place::kSkipped) {
      at_total_size_ = in_metadata_ && skipped_depth_ == 1 && name == "total_size";
      return true;
    }
    return place_ == Place::kIndex ? IndexKey(name) : WeightMapKey(name);
  }

  bool string(std::string& shard) override {
    if (Skip(0)) return true;
    if (place_ != Place::kShardName) return Unexpected("a string");
    if (!IsShardName(shard)) {
      Fail(
          fmt::format("shard \"{}\" is no file of weights (.safetensors, .bin) in the index's own "
                      "folder or below it",
                      Printable(shard)));
    }
    index_.find(tensor_)->second = std::move(shard);
    tensor_.clear();
    place_ = Place::kWeightMap;
    return true;
  }

  bool end_object() override {
    if (Skip(-1)) return true;
    place_ = place_ == Place::kWeightMap ? Place::kIndex : Place::kDocument;
    return true;
  }

  bool start_array(std::size_t) override { return Skip(+1) || Unexpected("an array"); }
  bool end_array() override { return Skip(-1); }
  bool null() override { return Skip(0) || Unexpected("null"); }
  bool boolean(bool) override { return Skip(0) || Unexpected("a boolean"); }
  bool number_integer(std::int64_t) override { return Skip(0) || Unexpected("a number"); }
  bool number_unsigned(std::uint64_t number) override {
    if (place_ == Place::kSkipped && at_total_size_) declared_bytes_ = number;
    return Skip(0) || Unexpected("a number");
  }
  bool number_float(double, const std::string&) override {
    return Skip(0) || Unexpected("a number");
  }

 private:
  enum class Place { kDocument, kIndex, kSkipped, kWeightMapValue, kWeightMap, kShardName };

  bool Skip(int step) {
    if (place_ != Place::kSkipped) return false;
    at_total_size_ = false;
    skipped_depth_ += static_cast<std::size_t>(step);
    if (skipped_depth_ > kMaxSkippedDepth) Fail("JSON nested too deeply");
    if (skipped_depth_ == 0) place_ = Place::kIndex;
    return true;
  }

  bool IndexKey(const std::string& name) {
    if (name != "weight_map") {
      place_ = Place::kSkipped;
      in_metadata_ = name == "metadata";
      return true;
    }
    if (weight_map_seen_) Fail("\"weight_map\" occurs twice");
    weight_map_seen_ = true;
    place_ = Place::kWeightMapValue;
    return true;
  }

  bool WeightMapKey(const std::string& name) {
    if (name.size() > kMaxTensorNameBytes) {
      Fail(fmt::format("a tensor's name is longer than {} bytes", kMaxTensorNameBytes));
    }
    tensor_ = name;
    if (!index_.emplace(name, std::string()).second) Fail("name occurs twice in the index");
    place_ = Place::kShardName;
    return true;
  }

  ShardIndex index_;
  Place place_ = Place::kDocument;
  std::size_t skipped_depth_ = 0;
  bool weight_map_seen_ = false;
  bool in_metadata_ = false, at_total_size_ = false;
  std::optional<std::uint64_t> declared_bytes_;
};

}  // namespace

ShardIndex ParseShardIndex(const std::string& label, std::string_view text,
                           std::optional<std::uint64_t>* declared_bytes) {
  IndexHandler handler(label);
  handler.Parse(text);
  if (declared_bytes != nullptr) *declared_bytes = handler.declared_bytes();
  return handler.Take();
}

ShardIndex ReadShardIndex(const ByteSource& file, std::optional<std::uint64_t>* declared_bytes) {
  const auto fail = [&](const std::string& message) {
    throw Error(ErrorKind::kBadInput, message, {.file = file.label(), .offset_bytes = 0});
  };
  if (const auto other = DescribeForeignFile(file)) fail(fmt::format("not an index: {}", *other));
  if (file.size_bytes() > kMaxShardIndexBytes) {
    fail(fmt::format("the index has {} bytes, over the limit of {}", file.size_bytes(),
                     kMaxShardIndexBytes));
  }
  std::vector<std::byte> scratch;
  const auto bytes = file.Read(0, file.size_bytes(), scratch);
  try {
    return ParseShardIndex(
        file.label(), {reinterpret_cast<const char*>(bytes.data()), bytes.size()}, declared_bytes);
  } catch (const Error&) {
    RequireNothingLost(file);  // a lost byte reads as 0, which is no JSON: name the cause
    throw;
  }
}

}  // namespace modelkin
