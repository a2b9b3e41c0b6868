// The files that a model consists of, as OpenSSF model signing takes them.
#ifndef MODELKIN_ATTESTATION_MODEL_FILES_H_
#define MODELKIN_ATTESTATION_MODEL_FILES_H_

#include <string>
#include <string_view>
#include <vector>

#include "source/places.h"

namespace modelkin {

struct ModelFile {
  std::string path;      // within the model, with "/"; "." of a model that is one file
  std::string location;  // whole
};

struct ModelFiles {
  std::string name;  // the last part of the model's own path
  std::vector<ModelFile> files;
  bool has_links = false;  // some are symbolic links, or the model itself is
};

// Files of git's, which model signing leaves out at the top of a folder.
inline constexpr std::string_view kGitPaths[] = {".git", ".gitattributes", ".github", ".gitignore"};

// Returns whether `path` is one of `ignored` or in one that is a folder.
bool IsIgnored(std::string_view path, const std::vector<std::string>& ignored);

// Returns all files of a folder, hidden ones and those of subfolders among them; or the file.
// `ignored`: paths within the folder that are left out, with all that is in them. Links are
// followed to files, and not to folders. In the order of model signing: by the parts of paths.
// Throws Error(kBadInput) for devices, sockets and FIFOs, for links to nothing, for names that are
// not UTF-8, and beyond a million files or 64 levels; Error(kIo) where a folder can't be listed.
ModelFiles ListModelFiles(const std::string& model, const std::vector<std::string>& ignored,
                          const Places& places);

// Returns whether `a` comes before `b` part by part: "a/b" before "a-b".
bool IsBeforeByParts(std::string_view a, std::string_view b);

}  // namespace modelkin

#endif  // MODELKIN_ATTESTATION_MODEL_FILES_H_
