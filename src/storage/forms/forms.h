// All ways to store quantised weights beside tensors of the same file, a function for each.
#ifndef MODELKIN_STORAGE_FORMS_FORMS_H_
#define MODELKIN_STORAGE_FORMS_FORMS_H_

#include "storage/form.h"

namespace modelkin::forms {}  // namespace modelkin::forms

#endif  // MODELKIN_STORAGE_FORMS_FORMS_H_
