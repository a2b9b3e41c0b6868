#include "base/output_target.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "base/error.h"
#include "base/own_output.h"

namespace modelkin {
OutputTarget::OutputTarget(std::string path, InputFiles inputs, Replace replace)
    : path_(std::move(path)), inputs_(std::move(inputs)), replace_(replace) {
  const OutputPlace place = FindOutputPlace(path_);
  RequireReplaceable(place);
  struct stat status = {};
  const bool in_place = place.open_descriptor || (fstatat(place.folder.get(), place.name.c_str(),
                                                          &status, AT_SYMLINK_NOFOLLOW) == 0 &&
                                                  !S_ISREG(status.st_mode));
  if (!in_place && faccessat(place.folder.get(), ".", W_OK | X_OK, AT_EACCESS) != 0) {
    throw Error(ErrorKind::kIo, fmt::format("cannot create: {}", std::strerror(errno)),
                {.file = path_});
  }
}

void OutputTarget::RequireReplaceable(const OutputPlace& place) const {
  struct stat status = {};
  const int found = place.open_descriptor ? fstat(*place.open_descriptor, &status)
                                          : fstatat(place.folder.get(), place.name.c_str(), &status,
                                                    AT_SYMLINK_NOFOLLOW);
  if (found != 0) return;
  if (inputs_.Holds(status)) Refuse("is an input, which no output may replace: name another file");
  if (S_ISBLK(status.st_mode)) Refuse("is a block device, to which nothing is written");
  if (place.open_descriptor || !S_ISREG(status.st_mode)) return;
  if (replace_ == Replace::kOwnOutput && status.st_size > 0 &&
      !IsOwnOutputFile(place.folder.get(), place.name)) {
    Refuse("is there, and modelkin did not write it: name another file, or give --force");
  }
}

void OutputTarget::RefuseOther() const {
  Refuse("is there with other content: name another place, or give --force");
}

void OutputTarget::Refuse(const char* message) const {
  throw Error(ErrorKind::kUsage, message, {.file = path_});
}

}  // namespace modelkin
