// An atlas over HTTP, for who sketches models elsewhere. Two sources implement it:
// atlas_service.cc, and hub_connection_absent.cc where MODELKIN_HUB is OFF.
#ifndef MODELKIN_APPS_ATLAS_SERVICE_H_
#define MODELKIN_APPS_ATLAS_SERVICE_H_

#include <cstdint>
#include <functional>
#include <string>

#include "requests/request_context.h"

namespace modelkin {

struct AtlasServiceOptions {
  std::string atlas;
  std::uint16_t port = 0;  // 0: any that is free
};

// Answers on 127.0.0.1 until interrupted; `started` hears the address. Nothing is traced, added or
// removed, and no model is opened:
//   GET /stats             what is in it, as `atlas stats --json`
//   GET /records?name=N    the records of that name or location, a line of JSON each
//   POST /find             of a sketch (the JSON of `modelkin sketch`): as `atlas find --json`,
//   with
//                          what bits and the invariant part nominate
// Throws as Atlas::Open does, and Error(kIo) where it can't listen.
void ServeAtlas(const AtlasServiceOptions& options,
                const std::function<void(const std::string& address)>& started,
                const RequestContext& context);

}  // namespace modelkin

#endif  // MODELKIN_APPS_ATLAS_SERVICE_H_
