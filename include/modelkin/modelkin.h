// All of the library.
#ifndef MODELKIN_MODELKIN_H_
#define MODELKIN_MODELKIN_H_

#include "modelkin/session.h"
#include "modelkin/version.h"

#endif  // MODELKIN_MODELKIN_H_
