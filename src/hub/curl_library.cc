#include "hub/curl_library.h"

#include "base/error.h"
#include "base/shared_library.h"

namespace modelkin {
namespace {

Curl Load() {
  const SharedLibrary library("libcurl.so.4", "libmodelkin_http.so");  // python/CMakeLists.txt
  decltype(&curl_global_init) global_init = nullptr;
  library.Find("curl_global_init", global_init);
  if (global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK) {
    throw Error(ErrorKind::kIo, "libcurl does not start");
  }
  Curl curl{};
  library.Find("curl_easy_cleanup", curl.easy_cleanup);
  library.Find("curl_easy_getinfo", curl.easy_getinfo);
  library.Find("curl_easy_init", curl.easy_init);
  library.Find("curl_easy_setopt", curl.easy_setopt);
  library.Find("curl_easy_strerror", curl.easy_strerror);
  library.Find("curl_multi_add_handle", curl.multi_add_handle);
  library.Find("curl_multi_cleanup", curl.multi_cleanup);
  library.Find("curl_multi_info_read", curl.multi_info_read);
  library.Find("curl_multi_init", curl.multi_init);
  library.Find("curl_multi_perform", curl.multi_perform);
  library.Find("curl_multi_poll", curl.multi_poll);
  library.Find("curl_multi_remove_handle", curl.multi_remove_handle);
  library.Find("curl_multi_setopt", curl.multi_setopt);
  library.Find("curl_slist_append", curl.slist_append);
  library.Find("curl_slist_free_all", curl.slist_free_all);
  library.Find("curl_free", curl.free);
  library.Find("curl_url", curl.url);
  library.Find("curl_url_cleanup", curl.url_cleanup);
  library.Find("curl_url_get", curl.url_get);
  library.Find("curl_url_set", curl.url_set);
  return curl;
}

}  // namespace

const Curl& LoadedCurl() {
  static const Curl curl = Load();
  return curl;
}

}  // namespace modelkin
