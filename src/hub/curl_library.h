// libcurl, loaded where it is first needed: it and the libraries it takes along cost more time to
// load than all others together.
#ifndef MODELKIN_HUB_CURL_LIBRARY_H_
#define MODELKIN_HUB_CURL_LIBRARY_H_

#include <curl/curl.h>

namespace modelkin {

// Members are the functions curl_NAME.
struct Curl {
  decltype(&curl_easy_cleanup) easy_cleanup;
  decltype(&curl_easy_getinfo) easy_getinfo;
  decltype(&curl_easy_init) easy_init;
  decltype(&curl_easy_setopt) easy_setopt;
  decltype(&curl_easy_strerror) easy_strerror;
  decltype(&curl_multi_add_handle) multi_add_handle;
  decltype(&curl_multi_cleanup) multi_cleanup;
  decltype(&curl_multi_info_read) multi_info_read;
  decltype(&curl_multi_init) multi_init;
  decltype(&curl_multi_perform) multi_perform;
  decltype(&curl_multi_poll) multi_poll;
  decltype(&curl_multi_remove_handle) multi_remove_handle;
  decltype(&curl_multi_setopt) multi_setopt;
  decltype(&curl_slist_append) slist_append;
  decltype(&curl_slist_free_all) slist_free_all;
  decltype(&curl_free) free;
  decltype(&curl_url) url;
  decltype(&curl_url_cleanup) url_cleanup;
  decltype(&curl_url_get) url_get;
  decltype(&curl_url_set) url_set;
};

// Throws Error(kIo) where the library is not there or does not start. May be called from any number
// of threads.
const Curl& LoadedCurl();

}  // namespace modelkin

#endif  // MODELKIN_HUB_CURL_LIBRARY_H_
