// The folder that the extension module lies in: a wheel's libraries lie beside it.
#ifndef MODELKIN_PYTHON_OWN_FOLDER_H_
#define MODELKIN_PYTHON_OWN_FOLDER_H_

namespace modelkin {

// Has what is loaded late looked for in the module's own folder, and certificates in the package
// certifi beside it where the system has none.
void UseOwnFolder();

}  // namespace modelkin

#endif  // MODELKIN_PYTHON_OWN_FOLDER_H_
