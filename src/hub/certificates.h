// Certificates of the authorities that a hub's own is checked by.
#ifndef MODELKIN_HUB_CERTIFICATES_H_
#define MODELKIN_HUB_CERTIFICATES_H_

#include <string>
#include <vector>

namespace modelkin {

// Has `file` looked at where the system has no certificates, for a package that knows of some. Call
// it while no other thread runs.
void SetSpareCertificates(std::string file);

// Returns the files where systems keep them, and the spare one last: libcurl knows only the place
// of the system that it was built for.
std::vector<std::string> CertificatePlaces();

// Returns what REQUESTS_CA_BUNDLE, CURL_CA_BUNDLE, SSL_CERT_FILE or SSL_CERT_DIR says, the first of
// them that is set and not empty, whether it is there or not. Else returns the first of `places`
// that is there; "" if none is.
std::string CertificatesAmong(const std::vector<std::string>& places);

}  // namespace modelkin

#endif  // MODELKIN_HUB_CERTIFICATES_H_
