#include "storage/safetensors_entries.h"

#include <fmt/format.h>

#include <unordered_set>

#include "base/escaped_text.h"
#include "source/json_text.h"
#include "storage/safetensors.h"

namespace modelkin {
namespace {

class HeaderHandler : public JsonHandler {
 public:
  explicit HeaderHandler(const std::string& label) : JsonHandler(label, 8) {
    context_ = "the header";
  }

  RawHeader Take() { return std::move(header_); }

  bool start_object(std::size_t) override {
    if (Skip(+1)) return true;
    switch (place_) {
      case Place::kDocument: place_ = Place::kHeader; return true;
      case Place::kTensorValue: place_ = Place::kTensor; return true;
      case Place::kMetadataValue: place_ = Place::kMetadata; return true;
      default: return Unexpected("an object");
    }
  }

  bool key(std::string& name) override {
    if (skipped_depth_ > 0) return true;
    switch (place_) {
      case Place::kHeader: return HeaderKey(name);
      case Place::kTensor: return TensorKey(name);
      default: return MetadataKey(name);  // only these objects have keys
    }
  }

  bool end_object() override {
    if (Skip(-1)) return true;
    if (place_ == Place::kTensor) EndTensor();
    place_ = place_ == Place::kHeader ? Place::kDocument : Place::kHeader;
    tensor_.clear();
    context_ = "the header";
    return true;
  }

  bool start_array(std::size_t) override {
    if (Skip(+1)) return true;
    if (place_ == Place::kShapeValue) {
      place_ = Place::kShape;
    } else if (place_ == Place::kOffsetsValue) {
      place_ = Place::kOffsets;
    } else {
      return Unexpected("an array");
    }
    return true;
  }

  bool end_array() override {
    if (Skip(-1)) return true;
    if (place_ == Place::kOffsets && offsets_seen_ != 2) {
      Fail(fmt::format("data_offsets has {} numbers instead of 2", offsets_seen_));
    }
    return BackToTensor();
  }

  bool number_unsigned(std::uint64_t value) override {
    if (Skip(0)) return true;
    if (place_ == Place::kShape) {
      if (entry().shape.size() == kMaxTensorRank) {
        Fail(fmt::format("shape has more than {} dimensions", kMaxTensorRank));
      }
      entry().shape.push_back(value);
    } else if (place_ == Place::kOffsets) {
      if (offsets_seen_ == 2) Fail("data_offsets has more than 2 numbers");
      (offsets_seen_ == 0 ? entry().begin : entry().end) = value;
      ++offsets_seen_;
    } else {
      return Unexpected("a number");
    }
    return true;
  }

  bool string(std::string& value) override {
    if (Skip(0)) return true;
    if (place_ == Place::kDTypeValue) {
      entry().dtype = std::move(value);
      return BackToTensor();
    }
    if (place_ != Place::kMetadataText) return Unexpected("a string");
    header_.metadata.back().second = std::move(value);
    place_ = Place::kMetadata;
    return true;
  }

  bool null() override { return Skip(0) || Unexpected("null"); }
  bool boolean(bool) override { return Skip(0) || Unexpected("a boolean"); }
  bool number_integer(std::int64_t) override { return Skip(0) || Unexpected("a negative number"); }
  bool number_float(double value, const std::string& text) override {
    return Skip(0) || JsonHandler::number_float(value, text);
  }

 private:
  enum class Place {
    kDocument,
    kHeader,
    kTensorValue,
    kTensor,
    kDTypeValue,
    kShapeValue,
    kShape,
    kOffsetsValue,
    kOffsets,
    kUnknownValue,
    kMetadataValue,
    kMetadata,
    kMetadataText,
  };

  RawTensorEntry& entry() { return header_.entries.back(); }

  bool BackToTensor() {
    place_ = Place::kTensor;
    context_ = "a tensor's entry";
    return true;
  }

  // Whether the event lies within the value of a member to be skipped; `step` is what it does to
  // the depth there.
  bool Skip(int step) {
    if (place_ != Place::kUnknownValue) return false;
    skipped_depth_ += static_cast<std::size_t>(step);
    if (skipped_depth_ > kMaxSkippedDepth) Fail("JSON nested too deeply");
    if (skipped_depth_ == 0) BackToTensor();
    return true;
  }

  bool HeaderKey(std::string& name) {
    if (name == "__metadata__") {
      if (metadata_seen_) Fail("\"__metadata__\" occurs twice");
      metadata_seen_ = true;
      place_ = Place::kMetadataValue;
      context_ = "\"__metadata__\"";
      return true;
    }
    if (name.size() > kMaxTensorNameBytes) {
      Fail(fmt::format("a tensor's name is longer than {} bytes", kMaxTensorNameBytes));
    }
    tensor_ = name;
    header_.entries.push_back(
        {.name = std::move(name), .dtype = {}, .shape = {}, .position_bytes = position()});
    dtype_seen_ = shape_seen_ = offsets_member_seen_ = false;
    place_ = Place::kTensorValue;
    context_ = "a tensor's entry";
    return true;
  }

  bool TensorKey(const std::string& name) {
    const auto once = [&](bool& seen) {
      if (seen) Fail(fmt::format("member \"{}\" occurs twice", Printable(name)));
      seen = true;
    };
    if (name == "dtype") {
      once(dtype_seen_);
      place_ = Place::kDTypeValue;
    } else if (name == "shape") {
      once(shape_seen_);
      place_ = Place::kShapeValue;
    } else if (name == "data_offsets") {
      once(offsets_member_seen_);
      offsets_seen_ = 0;
      place_ = Place::kOffsetsValue;
    } else {
      place_ = Place::kUnknownValue;
    }
    context_ = fmt::format("member \"{}\"", Printable(name, 64));
    return true;
  }

  void EndTensor() {
    const char* const missing = !dtype_seen_            ? "dtype"
                                : !shape_seen_          ? "shape"
                                : !offsets_member_seen_ ? "data_offsets"
                                                        : nullptr;
    if (missing != nullptr) Fail(fmt::format("entry has no \"{}\"", missing));
  }

  bool MetadataKey(std::string& name) {
    if (!metadata_keys_.insert(name).second) {
      Fail(fmt::format("\"{}\" occurs twice in \"__metadata__\"", Printable(name)));
    }
    header_.metadata.emplace_back(std::move(name), std::string());
    place_ = Place::kMetadataText;
    return true;
  }

  RawHeader header_;
  Place place_ = Place::kDocument;
  std::size_t skipped_depth_ = 0;
  int offsets_seen_ = 0;
  bool dtype_seen_ = false;
  bool shape_seen_ = false;
  bool offsets_member_seen_ = false;
  bool metadata_seen_ = false;
  std::unordered_set<std::string> metadata_keys_;
};

}  // namespace

RawHeader ParseHeaderText(const std::string& label, std::string_view text) {
  HeaderHandler handler(label);
  handler.Parse(text);
  return handler.Take();
}

}  // namespace modelkin
