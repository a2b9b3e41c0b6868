// Libraries of the system that are loaded where they are first needed: what a command does not use
// costs it no time as it starts.
#ifndef MODELKIN_BASE_SHARED_LIBRARY_H_
#define MODELKIN_BASE_SHARED_LIBRARY_H_

namespace modelkin {

// A library, which stays loaded until the process ends. May be used from any number of threads at
// once.
class SharedLibrary {
 public:
  // Loads `file`, as the dynamic linker looks for it: "libcurl.so.4". Throws Error(kIo) with the
  // linker's reason where it can't be loaded.
  explicit SharedLibrary(const char* file);

  // Sets `function` to the library's of this name. Throws Error(kIo) if it has none.
  template <class Function>
  void Find(const char* name, Function*& function) const {
    function = reinterpret_cast<Function*>(Address(name));
  }

 private:
  void* Address(const char* name) const;

  const char* file_;
  void* handle_;
};

}  // namespace modelkin

#endif  // MODELKIN_BASE_SHARED_LIBRARY_H_
