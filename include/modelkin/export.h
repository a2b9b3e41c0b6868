// What marks a declaration as part of the library: everything else is hidden in it.
#ifndef MODELKIN_EXPORT_H_
#define MODELKIN_EXPORT_H_

#define MODELKIN_EXPORT __attribute__((visibility("default")))

#endif  // MODELKIN_EXPORT_H_
