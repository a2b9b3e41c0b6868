// Whom a request goes to.
#ifndef MODELKIN_HUB_HTTP_HOSTS_H_
#define MODELKIN_HUB_HTTP_HOSTS_H_

#include <string>

namespace modelkin {

// The host that libcurl would ask for this address, numbers in their usual form; "" where it is
// none.
std::string HostOf(const std::string& url);

// Whether the environment names a proxy, which asks for us: its address is all that we see.
bool AsksThroughProxy();

}  // namespace modelkin

#endif  // MODELKIN_HUB_HTTP_HOSTS_H_
