#include "hub/certificates.h"

#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <utility>

namespace modelkin {
namespace {

std::string& SpareCertificates() {
  static std::string file;
  return file;
}

}  // namespace

void SetSpareCertificates(std::string file) { SpareCertificates() = std::move(file); }

std::vector<std::string> CertificatePlaces() {
  std::vector<std::string> places = {
      "/etc/ssl/certs/ca-certificates.crt",                 // Debian, Arch
      "/etc/pki/tls/certs/ca-bundle.crt",                   // Fedora, Red Hat
      "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem",  // the same, newer
      "/etc/ssl/ca-bundle.pem",                             // openSUSE
      "/etc/ssl/cert.pem",                                  // Alpine, macOS
  };
  if (!SpareCertificates().empty()) places.push_back(SpareCertificates());
  return places;
}

std::string CertificatesAmong(const std::vector<std::string>& places) {
  for (const char* const name :
       {"REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE", "SSL_CERT_DIR"}) {
    const char* const value = std::getenv(name);
    if (value != nullptr && *value != '\0') return value;
  }
  const auto found = std::ranges::find_if(
      places, [](const std::string& file) { return access(file.c_str(), R_OK) == 0; });
  return found == places.end() ? "" : *found;
}

}  // namespace modelkin
