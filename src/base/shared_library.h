// Libraries that are loaded where they are first needed: what a command does not use costs it no
// time as it starts.
#ifndef MODELKIN_BASE_SHARED_LIBRARY_H_
#define MODELKIN_BASE_SHARED_LIBRARY_H_

#include <string>

namespace modelkin {

// Has libraries looked for in `folder` before the system's, for a package that brings its own. Call
// it before the first one is loaded, while no other thread runs.
void SetBundledLibraries(std::string folder);

// A library, which stays loaded until the process ends. May be used from any number of threads at
// once.
class SharedLibrary {
 public:
  // Loads `bundled` of the folder of SetBundledLibraries, where it is there: a file that needs the
  // library under whatever name the package gives it. Else loads `file`, as the dynamic linker
  // looks for it: "libcurl.so.4". Throws Error(kIo) with the linker's reason where it can't be
  // loaded.
  explicit SharedLibrary(std::string file, const std::string& bundled = "");

  // Sets `function` to the library's of this name. Throws Error(kIo) if it has none.
  template <class Function>
  void Find(const char* name, Function*& function) const {
    function = reinterpret_cast<Function*>(Address(name));
  }

 private:
  void* Address(const char* name) const;

  std::string file_;  // that was loaded
  void* handle_;
};

}  // namespace modelkin

#endif  // MODELKIN_BASE_SHARED_LIBRARY_H_
