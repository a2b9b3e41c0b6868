// All ways to store quantised weights beside tensors of the same file, a function for each.
#ifndef MODELKIN_STORAGE_FORMS_FORMS_H_
#define MODELKIN_STORAGE_FORMS_FORMS_H_

#include "storage/form.h"

namespace modelkin::forms {

// Each as FindCodedWeight (storage/form.h).
std::optional<Tensor> FindAwq(const Tensor& codes, const StoredTensors& all,
                              const QuantisationConfig& config);
std::optional<Tensor> FindBitnet(const Tensor& codes, const StoredTensors& all,
                                 const QuantisationConfig& config);
std::optional<Tensor> FindBitsandbytes4(const Tensor& codes, const StoredTensors& all,
                                        const QuantisationConfig& config);
std::optional<Tensor> FindBitsandbytes8(const Tensor& codes, const StoredTensors& all,
                                        const QuantisationConfig& config);
std::optional<Tensor> FindGptq(const Tensor& codes, const StoredTensors& all,
                               const QuantisationConfig& config);
std::optional<Tensor> FindMlx(const Tensor& codes, const StoredTensors& all,
                              const QuantisationConfig& config);
std::optional<Tensor> FindMxfp4Blocks(const Tensor& codes, const StoredTensors& all,
                                      const QuantisationConfig& config);
std::optional<Tensor> FindPackedIntegers(const Tensor& codes, const StoredTensors& all,
                                         const QuantisationConfig& config);
std::optional<Tensor> FindScaledBytes(const Tensor& codes, const StoredTensors& all,
                                      const QuantisationConfig& config);
std::optional<Tensor> FindScaledNibbles(const Tensor& codes, const StoredTensors& all,
                                        const QuantisationConfig& config);

}  // namespace modelkin::forms

#endif  // MODELKIN_STORAGE_FORMS_FORMS_H_
