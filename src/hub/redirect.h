// Where a server may lead.
#ifndef MODELKIN_HUB_REDIRECT_H_
#define MODELKIN_HUB_REDIRECT_H_

#include <string>
#include <string_view>

namespace modelkin {

// Returns "https://host:port" of an address; "" for what is none.
std::string_view OriginOf(std::string_view url);

// Returns where a redirect from `url` to `location` leads. Throws Error(kIo), about `label`, for
// one that leads nowhere, away from https, to another scheme than http and https, or, if
// `public_only`, to what is written as a private address.
std::string RedirectTarget(const std::string& url, const std::string& location, bool public_only,
                           const std::string& label);

}  // namespace modelkin

#endif  // MODELKIN_HUB_REDIRECT_H_
