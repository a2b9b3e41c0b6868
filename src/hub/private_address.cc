#include "hub/private_address.h"

#include <netdb.h>
#include <netinet/in.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <cstdint>
#include <cstring>
#include <span>

namespace modelkin {
namespace {

struct Ipv4Network {
  std::uint32_t address;
  int bits;  // of the network's part
};

constexpr std::uint32_t Ipv4(std::uint32_t a, std::uint32_t b, std::uint32_t c = 0) {
  return a << 24 | b << 16 | c << 8;
}

constexpr std::array<Ipv4Network, 12> kPrivateIpv4 = {{{Ipv4(0, 0), 8},
                                                       {Ipv4(10, 0), 8},
                                                       {Ipv4(100, 64), 10},
                                                       {Ipv4(127, 0), 8},
                                                       {Ipv4(169, 254), 16},
                                                       {Ipv4(172, 16), 12},
                                                       {Ipv4(192, 0, 0), 24},
                                                       {Ipv4(192, 0, 2), 24},
                                                       {Ipv4(192, 168), 16},
                                                       {Ipv4(198, 18), 15},
                                                       {Ipv4(224, 0), 4},
                                                       {Ipv4(240, 0), 4}}};

bool IsPrivateIpv4(std::uint32_t address) {
  return std::ranges::any_of(kPrivateIpv4, [&](const Ipv4Network& network) {
    return (address ^ network.address) >> (32 - network.bits) == 0;
  });
}

std::uint32_t Ipv4At(std::span<const std::uint8_t> bytes) {
  return Ipv4(bytes[0], bytes[1], bytes[2]) | bytes[3];
}

bool IsPrivateIpv6(std::span<const std::uint8_t, 16> bytes) {
  const auto starts_with = [&](std::initializer_list<std::uint8_t> prefix) {
    return std::ranges::equal(prefix, bytes.first(prefix.size()));
  };
  // IPv4 within: compatible and mapped ones, of a translator (RFC 6052), 6to4.
  if (starts_with({0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0}) ||
      starts_with({0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF}) ||
      starts_with({0, 0x64, 0xFF, 0x9B, 0, 0, 0, 0, 0, 0, 0, 0})) {
    return IsPrivateIpv4(Ipv4At(bytes.subspan(12)));
  }
  if (starts_with({0x20, 0x02})) return IsPrivateIpv4(Ipv4At(bytes.subspan(2)));
  return (bytes[0] & 0xE0) != 0x20 ||              // 2000::/3 is what is public
         starts_with({0x20, 0x01, 0x0D, 0xB8}) ||  // for documents
         starts_with({0x20, 0x01, 0x00, 0x00});    // Teredo, which leads to any IPv4
}

}  // namespace

bool IsPrivateAddress(const sockaddr& address) {
  if (address.sa_family == AF_INET) {
    sockaddr_in ipv4;
    std::memcpy(&ipv4, &address, sizeof(ipv4));
    return IsPrivateIpv4(ntohl(ipv4.sin_addr.s_addr));
  }
  if (address.sa_family != AF_INET6) return true;
  sockaddr_in6 ipv6;
  std::memcpy(&ipv6, &address, sizeof(ipv6));
  return IsPrivateIpv6(ipv6.sin6_addr.s6_addr);
}

bool IsPrivateHost(std::string host) {
  std::ranges::transform(host, host.begin(), [](unsigned char c) { return std::tolower(c); });
  while (host.ends_with('.')) host.pop_back();
  if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
  if (host == "localhost" || host.ends_with(".localhost")) return true;
  addrinfo hints = {};
  hints.ai_flags = AI_NUMERICHOST;
  addrinfo* found = nullptr;
  if (getaddrinfo(host.c_str(), nullptr, &hints, &found) != 0) return false;
  bool is_private = false;
  for (const addrinfo* entry = found; entry != nullptr; entry = entry->ai_next) {
    is_private = is_private || IsPrivateAddress(*entry->ai_addr);
  }
  freeaddrinfo(found);
  return is_private;
}

}  // namespace modelkin
