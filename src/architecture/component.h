// The models that a checkpoint may hold, for what is built on architectures.
#ifndef MODELKIN_ARCHITECTURE_COMPONENT_H_
#define MODELKIN_ARCHITECTURE_COMPONENT_H_

#include "modelkin/component.h"

#endif  // MODELKIN_ARCHITECTURE_COMPONENT_H_
