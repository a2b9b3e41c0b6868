#include "storage/forms/forms.h"

namespace modelkin {

std::span<const FindCodedWeight> StoredForms() { return {}; }

}  // namespace modelkin
