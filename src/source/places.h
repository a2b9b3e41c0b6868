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
  // Names of files right in the folder, of subfolders not.
  virtual std::vector<std::string> FilesIn(const std::string& folder) const = 0;
  virtual std::shared_ptr<const ByteSource> Open(const std::string& file) const = 0;
  // What a moving name such as a branch stands for now, "hf://org/name@<commit>"; the location
  // itself where it is fixed.
  virtual std::string Resolve(const std::string& location) const = 0;
};

// The places that are known: this machine, and those that were added. Members that are const may be
// called from any number of threads at once; those about remote places throw what the place throws.
class Places {
 public:
  // From now on locations that begin with `scheme` ("hf://") are at `place`, in place of what was
  // there before.
  void Add(std::string scheme, std::shared_ptr<const RemotePlace> place);

  // Whether an added scheme begins it.
  bool IsRemote(std::string_view location) const;
  // As RemotePlace::Resolve; local locations as they are.
  std::string Resolve(const std::string& location) const;

  // The next four follow symbolic links.
  bool IsFolder(const std::string& location) const;
  // A file or folder is there; also where that can't be told, so that opening it says why.
  bool MayExist(const std::string& location) const;
  // Throws Error(kIo) if it can't be listed.
  std::vector<std::string> FilesIn(const std::string& folder) const;
  // A file, on this machine as by MapFile. Throws Error(kBadInput) if there is no such file or it
  // is no regular file, Error(kIo) if it can't be opened.
  std::shared_ptr<const ByteSource> Open(const std::string& file) const;

 private:
  struct Scheme {
    std::string prefix;
    std::shared_ptr<const RemotePlace> place;
  };
  const RemotePlace* PlaceOf(std::string_view location) const;

  std::vector<Scheme> schemes_;
};

// This machine alone.
const Places& ThisMachine();
// The same for who keeps places.
std::shared_ptr<const Places> SharedThisMachine();

}  // namespace modelkin

#endif  // MODELKIN_SOURCE_PLACES_H_
