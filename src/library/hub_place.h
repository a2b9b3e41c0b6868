// The hub of a session. Two sources implement it: hub_place.cc, and hub_place_absent.cc where
// MODELKIN_HUB is OFF.
#ifndef MODELKIN_LIBRARY_HUB_PLACE_H_
#define MODELKIN_LIBRARY_HUB_PLACE_H_

#include <memory>
#include <string>

#include "source/places.h"

namespace modelkin {

// Returns this machine, and hf:// as the environment says when it is first asked for: until then
// nothing about a hub matters, nor goes wrong. Without `keeps_blocks` nothing that is fetched is
// kept on the disk.
std::shared_ptr<const Places> PlacesWithHub(bool keeps_blocks = true);

// Has certificates of authorities looked for in `file` where the system has none. Call it while no
// other thread runs.
void UseSpareCertificates(const std::string& file);

}  // namespace modelkin

#endif  // MODELKIN_LIBRARY_HUB_PLACE_H_
