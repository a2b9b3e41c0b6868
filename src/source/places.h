// Where the files of a model are: on this machine, or at a place that a scheme such as "hf://"
// names.
#ifndef MODELKIN_SOURCE_PLACES_H_
#define MODELKIN_SOURCE_PLACES_H_

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "source/byte_source.h"

namespace modelkin {

// Files that are not on this machine. Locations are given whole, scheme included. All members may
// be called from any number of threads at once.
class RemotePlace {
 public:
  virtual ~RemotePlace() = default;
  RemotePlace() = default;
  RemotePlace(const RemotePlace&) = delete;
  RemotePlace& operator=(const RemotePlace&) = delete;

  virtual bool IsFolder(const std::string& location) const = 0;
  // Returns the names of files right in the folder, not of those in subfolders.
  virtual std::vector<std::string> FilesIn(const std::string& folder) const = 0;
  // Returns the paths within the folder of all files in it and in its subfolders: "sub/name".
  virtual std::vector<std::string> AllFilesIn(const std::string& folder) const {
    return FilesIn(folder);  // of a place without subfolders
  }
  virtual std::shared_ptr<const ByteSource> Open(const std::string& file) const = 0;
  // Returns what a moving name such as a branch stands for now, "hf://org/name@<commit>"; the
  // location itself where it is fixed.
  virtual std::string Resolve(const std::string& location) const = 0;
};

// The places that are known: this machine, and those that were added. Members that are const may be
// called from any number of threads at once; those about remote places throw what the place throws.
class Places {
 public:
  // Puts locations that begin with `scheme` ("hf://") at `place` from now on, in place of what was
  // there before.
  void Add(std::string scheme, std::shared_ptr<const RemotePlace> place);

  // Returns whether an added scheme begins it.
  bool IsRemote(std::string_view location) const;
  // Returns what RemotePlace::Resolve does; local locations as they are.
  std::string Resolve(const std::string& location) const;

  // The others follow symbolic links.

  // Returns whether it is a folder.
  bool IsFolder(const std::string& location) const;
  // Returns whether a file or folder is there; also true where that can't be told, so that opening
  // it says why.
  bool MayExist(const std::string& location) const;
  // Returns the names of files right in the folder. Throws Error(kIo) if it can't be listed.
  std::vector<std::string> FilesIn(const std::string& folder) const;
  // Returns what RemotePlace::AllFilesIn does. `folder` is at a remote place.
  std::vector<std::string> AllFilesIn(const std::string& folder) const;
  // Opens a file, on this machine as by MapFile. Throws Error(kBadInput) if there is no such file
  // or it is no regular file, Error(kIo) if it can't be opened.
  std::shared_ptr<const ByteSource> Open(const std::string& file) const;

 private:
  struct Scheme {
    std::string prefix;
    std::shared_ptr<const RemotePlace> place;
  };
  const RemotePlace* PlaceOf(std::string_view location) const;

  std::vector<Scheme> schemes_;
};

// Returns this machine alone.
const Places& ThisMachine();
// Returns the same for who keeps places.
std::shared_ptr<const Places> SharedThisMachine();

}  // namespace modelkin

#endif  // MODELKIN_SOURCE_PLACES_H_
