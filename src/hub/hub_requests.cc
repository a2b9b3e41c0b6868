#include "hub/hub_requests.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <map>
#include <string_view>
#include <thread>

#include "base/error.h"
#include "base/interrupt.h"
#include "hub/http_hosts.h"
#include "hub/private_address.h"
#include "hub/redirect.h"

namespace modelkin {
namespace {

constexpr unsigned kMostRedirects = 5;
constexpr std::uint64_t kLongestWaitMs = 60'000;

[[noreturn]] void Fail(ErrorKind kind, const std::string& label, std::string_view message) {
  throw Error(kind, message, {.file = label, .tensor = {}, .offset_bytes = {}});
}

bool IsRedirect(long status) {
  return status == 301 || status == 302 || status == 303 || status == 307 || status == 308;
}

bool IsOverload(long status) {
  return status == 408 || status == 429 || (status >= 500 && status != 501);
}

std::string WhyFailed(const HttpResponse& response) {
  if (!response.problem.empty()) return response.problem;
  return fmt::format("the server answers with status {}", response.status);
}

[[noreturn]] void FailWith(const HttpResponse& response, const std::string& label) {
  switch (response.problem.empty() ? response.status : 0) {
    case 401:
      Fail(ErrorKind::kBadInput, label,
           "the hub knows no such repository, or wants a token for it (HF_TOKEN)");
    case 403:
      Fail(ErrorKind::kBadInput, label,
           "the hub refuses: the repository may be gated, and the token (HF_TOKEN) without access");
    case 404:
    case 410: Fail(ErrorKind::kBadInput, label, "the hub has no such repository, revision or file");
    default: Fail(ErrorKind::kIo, label, WhyFailed(response));
  }
}

// The first entity tag is remembered; all others have to be the same.
void RequireSame(const HttpResponse& response, std::uint64_t size, const std::string& label,
                 std::string& etag) {
  const std::string own = PlainEtag(response.Header("etag"));
  if (etag.empty()) etag = own;
  if (response.total_bytes != size || (!own.empty() && own != etag)) {
    Fail(ErrorKind::kBadInput, label, "changed on the hub while it was being read");
  }
}

bool ShouldRetry(const HttpResponse& response) {
  return response.problem.empty() ? IsOverload(response.status) : response.may_pass;
}

}  // namespace

HubRequests::HubRequests(const HubSettings& settings) : settings_(settings), http_(settings) {}

bool HubRequests::IsPublicOnly(const std::string& url) const {
  return !IsEndpoint(url) && !endpoint_is_private_;
}

bool HubRequests::IsEndpoint(const std::string& url) const {
  return OriginOf(url) == OriginOf(settings_.endpoint);
}

std::string HubRequests::Target(const std::string& url, const std::string& location,
                                const std::string& label) const {
  // A location without an origin of its own stays where it was.
  const bool public_only = IsPublicOnly(location.starts_with('/') ? url : location) &&
                           !IsPrivateHost(HostOf(settings_.endpoint));
  return RedirectTarget(url, location, public_only, label);
}

void HubRequests::Wait(unsigned attempt, const HttpResponse& response) const {
  std::uint64_t wait = static_cast<std::uint64_t>(settings_.first_wait.count())
                       << std::min(attempt, 16U);
  if (const auto seconds = NumberIn(response.headers, "retry-after")) {
    wait = std::max(wait, std::min(*seconds, kLongestWaitMs) * 1000);
  }
  const auto until =
      std::chrono::steady_clock::now() + std::chrono::milliseconds(std::min(wait, kLongestWaitMs));
  while (std::chrono::steady_clock::now() < until) {
    ThrowIfInterrupted();
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
}

HttpResponse HubRequests::SendUntilAnswered(const HttpRequest& request, const std::string& label) {
  for (unsigned attempt = 0;; ++attempt) {
    HttpResponse response = std::move(http_.Send({request}).front());
    if (response.from_private && IsEndpoint(request.url)) endpoint_is_private_ = true;
    if (!ShouldRetry(response)) {
      if (!response.problem.empty()) FailWith(response, label);
      return response;
    }
    if (attempt + 1 >= settings_.attempts) FailWith(response, label);
    Wait(attempt, response);
  }
}

std::string HubRequests::Get(const std::string& path, const std::string& label,
                             std::uint64_t most_bytes) {
  std::string url = settings_.endpoint + path;
  for (unsigned hop = 0; hop <= kMostRedirects; ++hop) {
    HttpResponse response = SendUntilAnswered({.url = url,
                                               .with_token = IsEndpoint(url),
                                               .public_only = IsPublicOnly(url),
                                               .range = {},
                                               .most_bytes = most_bytes},
                                              label);
    if (response.status == 200) return std::move(response.body);
    if (!IsRedirect(response.status)) FailWith(response, label);
    url = Target(url, response.Header("location"), label);
  }
  Fail(ErrorKind::kIo, label, "the server redirects without end");
}

FilePlace HubRequests::Locate(const std::string& path, const std::string& label) {
  FilePlace place{.url = settings_.endpoint + path, .linked_etag = {}, .commit = {}};
  for (unsigned hop = 0; hop <= kMostRedirects; ++hop) {
    const HttpResponse response = SendUntilAnswered({.url = place.url,
                                                     .head = true,
                                                     .with_token = IsEndpoint(place.url),
                                                     .public_only = IsPublicOnly(place.url),
                                                     .range = {}},
                                                    label);
    const bool leaves = IsRedirect(response.status);
    if (!leaves && response.status != 200) FailWith(response, label);
    if (place.linked_etag.empty()) place.linked_etag = PlainEtag(response.Header("x-linked-etag"));
    if (place.commit.empty()) place.commit = response.Header("x-repo-commit");
    const auto size = NumberIn(response.headers, leaves ? "x-linked-size" : "content-length");
    place.size = size.value_or(0);
    place.has_size = size.has_value();
    if (!leaves) return place;
    place.url = Target(place.url, response.Header("location"), label);
    // Addresses of content networks are signed for GET alone.
    if (!IsEndpoint(place.url)) return place;
  }
  Fail(ErrorKind::kIo, label, "the server redirects without end");
}

// Throws where the answer is one that nothing mends.
HubRequests::Outcome HubRequests::OutcomeOf(const HttpResponse& response, const FilePlace& place,
                                            const std::string& label) const {
  if (ShouldRetry(response)) return Outcome::kFailed;
  if (!response.problem.empty()) FailWith(response, label);
  if (response.status == 206) return Outcome::kArrived;
  if (response.status == 200) Fail(ErrorKind::kIo, label, "the server ignores byte ranges");
  if (IsRedirect(response.status)) return Outcome::kRedirected;
  const bool refused = response.status == 401 || response.status == 403 || response.status == 404 ||
                       response.status == 410;
  if (refused && !IsEndpoint(place.url)) return Outcome::kExpired;
  FailWith(response, label);
}

void HubRequests::GetPieces(const std::string& path, const std::string& label, std::uint64_t size,
                            std::vector<RangePiece> pieces, FilePlace& place, std::string& etag) {
  unsigned attempt = 0, hops = 0;
  bool renewed = false;
  while (!pieces.empty()) {
    const std::vector<HttpResponse> responses = http_.Send(RequestsFor(pieces, place));
    std::vector<RangePiece> missing;
    std::map<Outcome, const HttpResponse*> first;
    for (std::size_t i = 0; i < responses.size(); ++i) {
      const Outcome outcome = OutcomeOf(responses[i], place, label);
      if (outcome == Outcome::kArrived) {
        RequireSame(responses[i], size, label, etag);
      } else {
        missing.push_back(pieces[i]);
        first.emplace(outcome, &responses[i]);
      }
    }
    if (first.contains(Outcome::kRedirected)) {
      if (++hops > kMostRedirects) Fail(ErrorKind::kIo, label, "the server redirects without end");
      place.url = Target(place.url, first[Outcome::kRedirected]->Header("location"), label);
    } else if (first.contains(Outcome::kExpired)) {
      if (renewed) FailWith(*first[Outcome::kExpired], label);
      renewed = true;
      place = Locate(path, label);
    } else if (first.contains(Outcome::kFailed)) {
      // What did arrive is progress: attempts count only while nothing does.
      attempt = missing.size() < pieces.size() ? 0 : attempt + 1;
      if (attempt >= settings_.attempts) FailWith(*first[Outcome::kFailed], label);
      Wait(attempt, *first[Outcome::kFailed]);
    }
    pieces = std::move(missing);
  }
}

std::vector<HttpRequest> HubRequests::RequestsFor(const std::vector<RangePiece>& pieces,
                                                  const FilePlace& place) const {
  std::vector<HttpRequest> requests;
  requests.reserve(pieces.size());
  for (const RangePiece& piece : pieces) {
    requests.push_back({.url = place.url,
                        .with_token = IsEndpoint(place.url),
                        .public_only = IsPublicOnly(place.url),
                        .range = piece.range,
                        .into = piece.into});
  }
  return requests;
}

}  // namespace modelkin
