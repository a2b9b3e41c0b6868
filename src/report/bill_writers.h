// Bills of materials in the two formats that there are: docs/bills.md.
#ifndef MODELKIN_REPORT_BILL_WRITERS_H_
#define MODELKIN_REPORT_BILL_WRITERS_H_

#include <cstdint>
#include <string_view>

#include "report/text_sink.h"
#include "requests/bill.h"

namespace modelkin {

// The name under which bills carry the card's base_model_relation.
inline constexpr std::string_view kRelationFact = "modelkin:lineage:relation";

enum class CycloneDxVersion : std::uint8_t { k1_6, k1_7 };

// CycloneDX (ECMA-424) as JSON: B as a machine-learning model with a model card, A and what the
// card names in its pedigree.
void WriteCycloneDx(const BillOfMaterials& bill, CycloneDxVersion version, const TextSink& sink);

// SPDX 3.0.1 as JSON-LD, profiles core, software and AI: B and A as AI packages, with a
// relationship and what it rests on as an annotation of it.
void WriteSpdx(const BillOfMaterials& bill, const TextSink& sink);

}  // namespace modelkin

#endif  // MODELKIN_REPORT_BILL_WRITERS_H_
