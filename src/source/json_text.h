// Event-wise parsing of untrusted JSON, with the position of each event.
#ifndef MODELKIN_SOURCE_JSON_TEXT_H_
#define MODELKIN_SOURCE_JSON_TEXT_H_

#include <cstddef>
#include <cstdint>
#include <iterator>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

#include "base/error.h"

namespace modelkin {

// Most levels of a member that is of no interest; deeper ones are an error.
inline constexpr std::size_t kMaxSkippedDepth = 16;

// An input iterator that tells, through a shared cursor, how far the parser has read.
class JsonCursor {
 public:
  using iterator_category = std::input_iterator_tag;
  using value_type = char;
  using difference_type = std::ptrdiff_t;
  using pointer = const char*;
  using reference = const char&;

  JsonCursor(const char* position, const char** furthest)
      : position_(position), furthest_(furthest) {}
  reference operator*() const { return *position_; }
  JsonCursor& operator++() {
    *furthest_ = ++position_;
    return *this;
  }
  bool operator==(const JsonCursor& other) const { return position_ == other.position_; }
  bool operator!=(const JsonCursor& other) const { return position_ != other.position_; }

 private:
  const char* position_;
  const char** furthest_;
};

// Base of the handlers: refuses every event that a document may not contain there. A handler
// overrides what it expects; the parser's own events call these names.
class JsonHandler {
 public:
  JsonHandler(std::string file, std::uint64_t text_offset_bytes)
      : file_(std::move(file)), text_offset_bytes_(text_offset_bytes) {}
  virtual ~JsonHandler() = default;
  JsonHandler(const JsonHandler&) = delete;
  JsonHandler& operator=(const JsonHandler&) = delete;

  virtual bool null() { return Unexpected("null"); }
  virtual bool boolean(bool) { return Unexpected("a boolean"); }
  virtual bool number_integer(std::int64_t) { return Unexpected("a negative number"); }
  virtual bool number_unsigned(std::uint64_t) { return Unexpected("a number"); }
  virtual bool number_float(double, const std::string&) {
    return Unexpected("a number that is not a whole one below 2^64");
  }
  virtual bool string(std::string&) { return Unexpected("a string"); }
  virtual bool start_object(std::size_t) { return Unexpected("an object"); }
  virtual bool key(std::string&) { return Unexpected("a member"); }
  virtual bool end_object() { return Unexpected("an object's end"); }
  virtual bool start_array(std::size_t) { return Unexpected("an array"); }
  virtual bool end_array() { return Unexpected("an array's end"); }
  bool binary(nlohmann::json::binary_t&) { return Unexpected("binary data"); }
  bool parse_error(std::size_t position, const std::string&,
                   const nlohmann::json::exception& error);

  // Parses `text`, which lies at `text_offset_bytes` of the file, with events going to this
  // handler. Throws Error(kBadInput) unless it is one object with nothing but white space around
  // it.
  void Parse(std::string_view text);

 protected:
  // Throws Error(kBadInput) at the current position.
  [[noreturn]] void Fail(std::string_view message) const;
  [[noreturn]] bool Unexpected(std::string_view found) const;
  // Returns the byte in the file up to which the parser has read.
  std::uint64_t position() const;

  // What is being read, for messages: "the header", 'its "shape"'.
  std::string context_ = "the document";
  std::string tensor_;

 private:
  std::string file_;
  std::uint64_t text_offset_bytes_;
  const char* text_begin_ = nullptr;
  const char* furthest_ = nullptr;
};

}  // namespace modelkin

#endif  // MODELKIN_SOURCE_JSON_TEXT_H_
