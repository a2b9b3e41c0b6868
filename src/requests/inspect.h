// What a model is, and what configurations and tokenizers have in common.
#ifndef MODELKIN_REQUESTS_INSPECT_H_
#define MODELKIN_REQUESTS_INSPECT_H_

#include <memory>
#include <string>
#include <vector>

#include "architecture/config_comparison.h"
#include "architecture/inspection.h"
#include "checkpoint/checkpoint.h"
#include "model/opened_model.h"
#include "requests/request_context.h"
#include "tokenizer/tokenizer_comparison.h"

namespace modelkin {

// `model` may be a config.json alone, or a folder that holds nothing else, or an index of shards of
// which none is there. Throws Error(kBadInput)
// where there is neither checkpoint nor configuration.
Inspection InspectModel(const std::string& model, const OpenOptions& opening,
                        const RequestContext& context);
// Of one that is open; a config.json that is wrong counts for none.
Inspection InspectOpened(const OpenedModel& model);

// At least two, each a model or a config.json. Throws Error(kBadInput) where one has none.
ConfigComparison CompareModelConfigs(const std::vector<std::string>& models,
                                     const RequestContext& context);

struct TokenizerResults {
  std::shared_ptr<const Tokenizer> a, b;
  TokenizerComparison comparison;
};

// Each a folder or a file, as OpenTokenizer takes them.
TokenizerResults CompareTokenizerFiles(const std::string& a, const std::string& b,
                                       const RequestContext& context);
TokenizerResults CompareTokenizersOf(std::shared_ptr<const Tokenizer> a,
                                     std::shared_ptr<const Tokenizer> b);

}  // namespace modelkin

#endif  // MODELKIN_REQUESTS_INSPECT_H_
