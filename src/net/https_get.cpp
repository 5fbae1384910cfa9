#include "net/https_get.hpp"

#include <curl/curl.h>

#include <memory>

namespace daedap::net {
namespace {

struct Body {
  std::string text;
  std::size_t most;
  bool full = false;
};

std::size_t take(char* bytes, std::size_t, std::size_t size, void* target) {
  Body& body = *static_cast<Body*>(target);
  if (size > body.most - body.text.size()) {
    body.full = true;
    return 0;  // ends the transfer
  }
  body.text.append(bytes, size);
  return size;
}

base::Code code_of(CURLcode failure) {
  switch (failure) {
    case CURLE_URL_MALFORMAT:
    case CURLE_UNSUPPORTED_PROTOCOL: return base::Code::bad_syntax;
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_CACERT_BADFILE:
    case CURLE_SSL_ISSUER_ERROR: return base::Code::denied;
    case CURLE_FILESIZE_EXCEEDED: return base::Code::too_large;
    case CURLE_OPERATION_TIMEDOUT: return base::Code::timed_out;
    default: return base::Code::io;
  }
}

}  // namespace

base::Result<std::string> https_get(const HttpsGet& wanted) {
  static const bool started = curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK;
  const std::unique_ptr<CURL, decltype(&curl_easy_cleanup)> curl(curl_easy_init(), curl_easy_cleanup);
  if (!started || !curl) return base::fail(base::Code::io, "libcurl did not start");
  Body body{{}, wanted.most_bytes};
  const auto set = [&](CURLoption option, auto value) { curl_easy_setopt(curl.get(), option, value); };
  set(CURLOPT_URL, wanted.url.c_str());
  set(CURLOPT_PROTOCOLS_STR, "https");
  set(CURLOPT_REDIR_PROTOCOLS_STR, "https");
  set(CURLOPT_FOLLOWLOCATION, 1L);
  set(CURLOPT_MAXREDIRS, wanted.redirects);
  set(CURLOPT_MAXFILESIZE_LARGE, static_cast<curl_off_t>(wanted.most_bytes));
  set(CURLOPT_CONNECTTIMEOUT, 15L);
  set(CURLOPT_TIMEOUT, static_cast<long>(wanted.time_out.count()));
  set(CURLOPT_NOSIGNAL, 1L);
  set(CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2));
  if (!wanted.ca.empty()) set(CURLOPT_CAINFO, wanted.ca.c_str());
  set(CURLOPT_USERAGENT, "daedap");
  set(CURLOPT_WRITEFUNCTION, take);
  set(CURLOPT_WRITEDATA, static_cast<void*>(&body));
  const CURLcode result = curl_easy_perform(curl.get());
  if (body.full) return base::fail(base::Code::too_large, "the answer is too large", wanted.url);
  long status = 0, distrust = 0;
  curl_easy_getinfo(curl.get(), CURLINFO_RESPONSE_CODE, &status);
  curl_easy_getinfo(curl.get(), CURLINFO_SSL_VERIFYRESULT, &distrust);
  if (result != CURLE_OK) {
    const base::Code code = distrust != 0 ? base::Code::denied : code_of(result);
    return base::fail(code, "cannot fetch", wanted.url + ": " + curl_easy_strerror(result));
  }
  if (status != 200) {
    return base::fail(base::Code::not_found, "not there", wanted.url + ": status " + std::to_string(status));
  }
  return std::move(body.text);
}

}  // namespace daedap::net
