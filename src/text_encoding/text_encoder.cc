#include "text_encoding/text_encoder.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <filesystem>
#include <utility>

#include "base/error.h"
#include "base/escaped_text.h"
#include "source/places.h"
#include "text_encoding/gguf_tokenizer_json.h"
#include "text_encoding/rust_text_encoder.h"
#include "text_encoding/unwatched.h"

namespace modelkin {
namespace {

namespace fs = std::filesystem;

constexpr std::uint64_t kLargestTokenizerJson = std::uint64_t{512} << 20;

[[noreturn]] void Fail(const std::string& file, std::string_view message,
                       std::optional<std::uint64_t> offset_bytes = {}) {
  throw Error(ErrorKind::kBadInput, message,
              {.file = file, .tensor = {}, .offset_bytes = offset_bytes});
}

const std::uint8_t* Bytes(std::string_view text) {
  return reinterpret_cast<const std::uint8_t*>(text.data());
}

// Of the library, which quotes its input.
class Answer {
 public:
  template <class Call>
  explicit Answer(const Call& call) : answer_(Unseen(call)) {}
  ~Answer() {
    const Unwatched unwatched;
    modelkin_text_free(answer_);
  }
  Answer(const Answer&) = delete;
  Answer& operator=(const Answer&) = delete;

  // Throws Error(kBadInput) about `file` if it says that something failed.
  std::string_view Text(const std::string& file) const {
    const std::string_view text(reinterpret_cast<const char*>(answer_.data), answer_.size);
    if (answer_.failed) Fail(file, Printable(text));
    return text;
  }

 private:
  template <class Call>
  static modelkin_text_answer Unseen(const Call& call) {
    const Unwatched unwatched;
    return call();
  }

  modelkin_text_answer answer_;
};

struct Close {
  void operator()(modelkin_text_encoder* encoder) const {
    const Unwatched unwatched;
    modelkin_text_close(encoder);
  }
};

class RustTextEncoder : public TextEncoder {
 public:
  explicit RustTextEncoder(const ByteSource& file) : file_(file.label()) {
    if (file.size_bytes() > kLargestTokenizerJson) {
      Fail(file_, fmt::format("is {} bytes long; at most {} make sense", file.size_bytes(),
                              kLargestTokenizerJson));
    }
    std::vector<std::byte> scratch;
    const auto json = file.Read(0, file.size_bytes(), scratch);
    modelkin_text_encoder* encoder = nullptr;
    const Answer answer([&] {
      return modelkin_text_open(reinterpret_cast<const std::uint8_t*>(json.data()), json.size(),
                                &encoder);
    });
    encoder_.reset(encoder);
    file.RequireUnchanged();
    answer.Text(file_);
  }

  std::vector<std::uint32_t> Encode(std::string_view text, bool special_tokens) const override {
    if (text.size() > kLargestText) {
      Fail("text", fmt::format("is {} bytes long; at most {} are encoded at once", text.size(),
                               kLargestText));
    }
    const std::size_t bad_byte = modelkin_text_bad_byte(Bytes(text), text.size());
    if (bad_byte != text.size()) Fail("text", "is not UTF-8", bad_byte);
    const Answer answer([&] {
      return modelkin_text_encode(encoder_.get(), Bytes(text), text.size(), special_tokens);
    });
    const std::string_view bytes = answer.Text(file_);
    std::vector<std::uint32_t> ids(bytes.size() / sizeof(std::uint32_t));
    if (!ids.empty()) std::memcpy(ids.data(), bytes.data(), ids.size() * sizeof(std::uint32_t));
    return ids;
  }

  std::string Decode(std::span<const std::uint32_t> ids, bool skip_special) const override {
    const Answer answer(
        [&] { return modelkin_text_decode(encoder_.get(), ids.data(), ids.size(), skip_special); });
    return std::string(answer.Text(file_));
  }

  std::string TokenText(std::uint32_t id) const override {
    const Answer answer([&] { return modelkin_text_token(encoder_.get(), id); });
    return std::string(answer.Text(file_));
  }

  std::uint64_t vocabulary_size() const override {
    return modelkin_text_vocabulary_size(encoder_.get());
  }

 private:
  std::string file_;
  std::unique_ptr<modelkin_text_encoder, Close> encoder_;
};

std::string TokenizerJson(const std::string& path, const Places& places) {
  if (!places.IsFolder(path)) return path;
  std::string file = (fs::path(path) / "tokenizer.json").string();
  if (places.MayExist(file)) return file;
  std::vector<std::string> others;
  for (const std::string& name : places.FilesIn(path)) {
    if (name == "vocab.json" || name == "vocab.txt" || name.ends_with(".tiktoken") ||
        name.ends_with("tokenizer.model") || name.ends_with(".gguf")) {
      others.push_back(name);
    }
  }
  if (others.size() == 1 && others.front().ends_with(".gguf")) {
    return (fs::path(path) / others.front()).string();
  }
  if (others.empty()) Fail(path, "holds no tokenizer.json, which reading text needs; use --ids");
  std::ranges::sort(others);
  if (others.size() > 3) others.resize(3);
  for (std::string& name : others) name = Printable(name, 64);
  Fail(path, fmt::format("holds no tokenizer.json; {} {} not read for text, so use --ids",
                         fmt::join(others, ", "), others.size() == 1 ? "is" : "are"));
}

}  // namespace

std::unique_ptr<const TextEncoder> ReadTextEncoder(const ByteSource& tokenizer_json) {
  return std::make_unique<RustTextEncoder>(tokenizer_json);
}

std::unique_ptr<const TextEncoder> OpenTextEncoder(const std::string& model_path,
                                                   const Places& places) {
  const auto file = places.Open(TokenizerJson(places.Resolve(model_path), places));
  return ReadTextEncoder(IsGguf(*file) ? *GgufTokenizerJson(*file) : *file);
}

}  // namespace modelkin
