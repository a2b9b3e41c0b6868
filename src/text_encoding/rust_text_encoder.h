// What rust/text_encoder/src/lib.rs offers. Nothing here throws.
#ifndef MODELKIN_TEXT_ENCODING_RUST_TEXT_ENCODER_H_
#define MODELKIN_TEXT_ENCODING_RUST_TEXT_ENCODER_H_

#include <cstddef>
#include <cstdint>

extern "C" {

struct modelkin_text_encoder;

// A result, or why there is none; to be given to modelkin_text_free.
struct modelkin_text_answer {
  std::uint8_t* data;
  std::size_t size;
  bool failed;
};

modelkin_text_answer modelkin_text_open(const std::uint8_t* json, std::size_t size,
                                        modelkin_text_encoder** encoder);
void modelkin_text_close(modelkin_text_encoder* encoder);
void modelkin_text_free(modelkin_text_answer answer);
std::uint64_t modelkin_text_vocabulary_size(const modelkin_text_encoder* encoder);
std::size_t modelkin_text_bad_byte(const std::uint8_t* text, std::size_t size);
modelkin_text_answer modelkin_text_encode(const modelkin_text_encoder* encoder,
                                          const std::uint8_t* text, std::size_t size,
                                          bool special_tokens);
modelkin_text_answer modelkin_text_decode(const modelkin_text_encoder* encoder,
                                          const std::uint32_t* ids, std::size_t count,
                                          bool skip_special);
modelkin_text_answer modelkin_text_token(const modelkin_text_encoder* encoder, std::uint32_t id);
}

#endif  // MODELKIN_TEXT_ENCODING_RUST_TEXT_ENCODER_H_
