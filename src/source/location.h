// Where the files of a model are: on this machine, or at a place that a scheme such as "hf://"
// names.
#ifndef MODELKIN_SOURCE_LOCATION_H_
#define MODELKIN_SOURCE_LOCATION_H_

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

// From now on locations that begin with `scheme` ("hf://") are at `place`. Call from main, before
// threads start.
void RegisterPlace(std::string scheme, std::shared_ptr<const RemotePlace> place);

// Whether a registered scheme begins it.
bool IsRemote(std::string_view location);

// As RemotePlace::Resolve; local locations as they are.
std::string ResolveLocation(const std::string& location);

// The next three follow symbolic links. Those about remote places throw what the place throws.
bool IsFolder(const std::string& location);
// A file or folder is there; also where that can't be told, so that opening it says why.
bool MayExist(const std::string& location);
// Throws Error(kIo) if it can't be listed.
std::vector<std::string> FilesIn(const std::string& folder);

}  // namespace modelkin

#endif  // MODELKIN_SOURCE_LOCATION_H_
