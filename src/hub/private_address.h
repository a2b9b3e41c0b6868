// Addresses of this machine and of the networks that it is in, which no stranger may lead to.
#ifndef MODELKIN_HUB_PRIVATE_ADDRESS_H_
#define MODELKIN_HUB_PRIVATE_ADDRESS_H_

#include <sys/socket.h>

#include <string>

namespace modelkin {

// Loopback, link-local, private, shared, multicast and reserved ones (RFC 6890), also where an IPv6
// address stands for such an IPv4 one. True for other families, about which nothing is known.
bool IsPrivateAddress(const sockaddr& address);

// Whether a host is written as such an address, in any way that systems understand ("127.1",
// "0x7f000001", "[::1]"), or as a name of this machine ("localhost"). Other names are not looked
// up.
bool IsPrivateHost(std::string host);

}  // namespace modelkin

#endif  // MODELKIN_HUB_PRIVATE_ADDRESS_H_
