#include "text_encoding/gguf_pre_tokenizers.h"

#include <algorithm>
#include <array>

namespace modelkin {
namespace {

// As the tokenizer.json of the models have them, where llama.cpp (llama-vocab.cpp) quotes it.
#define CONTRACTIONS "(?i:'s|'t|'re|'ve|'m|'ll|'d)"
#define REST R"(| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+)"
#define UPPER R"([\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}])"
#define LOWER R"([\p{Ll}\p{Lm}\p{Lo}\p{M}])"
#define BEFORE R"([^\r\n\p{L}\p{N}]?)"

constexpr std::array<std::string_view, 1> kLlama3 = {
    CONTRACTIONS R"(|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3})" REST};
constexpr std::array<std::string_view, 1> kQwen2 = {CONTRACTIONS
                                                    R"(|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N})" REST};
constexpr std::array<std::string_view, 1> kQwen35 = {
    CONTRACTIONS
    R"(|[^\r\n\p{L}\p{N}]?[\p{L}\p{M}]+|\p{N}| ?[^\s\p{L}\p{M}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+)"};
constexpr std::array<std::string_view, 1> kTekken = {
    BEFORE UPPER "*" LOWER "+|" BEFORE UPPER "+" LOWER
                 R"(*|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+)"};
constexpr std::array<std::string_view, 1> kGpt4o = {
    BEFORE UPPER "*" LOWER "+" CONTRACTIONS "?|" BEFORE UPPER "+" LOWER "*" CONTRACTIONS
                 R"(?|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+)"};
constexpr std::array<std::string_view, 1> kSeedCoder = {
    CONTRACTIONS
    R"(|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1}| ?[^\s\p{L}\p{N}\r\n]+|\s*[\r\n]+|\s+(?!\S)|\s+)"};
constexpr std::array<std::string_view, 3> kDeepSeek3 = {
    R"(\p{N}{1,3})", "[\u4e00-\u9fa5\u3040-\u309f\u30a0-\u30ff]+",
    R"([!"#$%&'()*+,\-./:;<=>?@\[\\\]^_`{|}~][A-Za-z]+|[^\r\n\p{L}\p{P}\p{S}]?[\p{L}\p{M}]+| ?[\p{P}\p{S}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+)"};
constexpr std::array<std::string_view, 5> kDeepSeekCoder = {
    R"([\r\n])", R"(\s?\p{L}+)", R"(\s?\p{P}+)", "[\u4e00-\u9fa5\u0800-\u4e00\uac00-\ud7ff]+",
    R"(\p{N})"};
constexpr std::array<std::string_view, 1> kDigits = {R"(\p{N})"};

#undef CONTRACTIONS
#undef REST
#undef UPPER
#undef LOWER
#undef BEFORE

constexpr std::array kPreTokenizers = {
    GgufPreTokenizer{"chatglm-bpe", kLlama3},
    GgufPreTokenizer{"codeshell", kDigits, true},
    GgufPreTokenizer{"command-r", kDigits, true, false, false, true},
    GgufPreTokenizer{"dbrx", kLlama3},
    GgufPreTokenizer{"deepseek-coder", kDeepSeekCoder},
    GgufPreTokenizer{"deepseek-r1-qwen", kQwen2},
    GgufPreTokenizer{"deepseek-v3", kDeepSeek3},
    GgufPreTokenizer{"exaone", kDigits, true},
    GgufPreTokenizer{"falcon3", kLlama3, false, true, true},
    GgufPreTokenizer{"glm4", kLlama3, false, true},
    GgufPreTokenizer{"gpt-2", {}, true},
    GgufPreTokenizer{"gpt-4o", kGpt4o},
    GgufPreTokenizer{"grok-2", kQwen2},
    GgufPreTokenizer{"llama-bpe", kLlama3, false, true, true},
    GgufPreTokenizer{"llama-v3", kLlama3, false, true, true},
    GgufPreTokenizer{"llama3", kLlama3, false, true, true},
    GgufPreTokenizer{"llama4", kGpt4o},
    GgufPreTokenizer{"megrez", kQwen2},
    GgufPreTokenizer{"minerva-7b", kDigits, true},
    GgufPreTokenizer{"mpt", {}, true, false, false, true},
    GgufPreTokenizer{"olmo", {}, true, false, false, true},
    GgufPreTokenizer{"phi-2", {}, true},
    GgufPreTokenizer{"pixtral", kLlama3, false, true, true},
    GgufPreTokenizer{"qwen2", kQwen2, false, false, false, true},
    GgufPreTokenizer{"qwen35", kQwen35, false, false, false, true},
    GgufPreTokenizer{"refact", kDigits, true},
    GgufPreTokenizer{"seed-coder", kSeedCoder},
    GgufPreTokenizer{"smaug-bpe", kLlama3},
    GgufPreTokenizer{"smollm", kDigits, true},
    GgufPreTokenizer{"solar-open", kQwen2},
    GgufPreTokenizer{"stablelm2", kQwen2},
    GgufPreTokenizer{"starcoder", kDigits, true},
    GgufPreTokenizer{"tekken", kTekken, false, true, true},
};

}  // namespace

const GgufPreTokenizer* FindGgufPreTokenizer(std::string_view name) {
  const auto* const found = std::ranges::find(kPreTokenizers, name, &GgufPreTokenizer::name);
  return found == kPreTokenizers.end() ? nullptr : found;
}

}  // namespace modelkin
