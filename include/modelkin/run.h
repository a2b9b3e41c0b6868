// One model run on texts or images, layer by layer from disk.
#ifndef MODELKIN_RUN_H_
#define MODELKIN_RUN_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "modelkin/export.h"
#include "modelkin/options.h"

namespace modelkin {

struct RunRequest {
  std::string model;
  Texts texts;
  Images images = {};  // in place of texts, of an encoder of images
  OpenOptions opening = {};
  std::size_t top = 5;          // likeliest next tokens
  std::size_t generate = 0;     // tokens to go on by, at most
  bool arrays = false;          // keeps states and logits in the results
  bool beyond_context = false;  // runs texts longer than the model's context
};

struct RunResults;

// A token that may come next.
struct NextToken {
  std::uint64_t id = 0;
  std::string token;       // what it stands for; "" where nothing says
  double probability = 0;  // 0 to 1
};

// What a model did with one text.
struct TextRun {
  std::vector<std::uint64_t> ids;
  std::vector<NextToken> next;  // likeliest first; none of an encoder
  std::vector<std::uint64_t> generated;
  std::optional<std::string> generated_text;
  std::vector<float> embedding;  // of an encoder: the mean over its tokens, of length 1
};

// What an encoder made of one image.
struct ImageRun {
  std::string file;  // that it is of
  PatchGrid grid;
  std::vector<float> embedding;  // the mean of what is handed on of it, of length 1
};

// What running a model gave. Copies share it. Members may be called from any number of threads.
class MODELKIN_EXPORT RunReport {
 public:
  explicit RunReport(std::shared_ptr<const RunResults> results);

  // Returns one entry a text, in the order of the request.
  std::vector<TextRun> Runs() const;
  // Returns one entry an image, in the order of the request's files.
  std::vector<ImageRun> Images() const;

  // Returns all of it as JSON: docs/run.schema.json.
  std::string Json() const;
  // Returns a summary for people.
  std::string Text() const;

 private:
  std::shared_ptr<const RunResults> results_;
};

}  // namespace modelkin

#endif  // MODELKIN_RUN_H_
