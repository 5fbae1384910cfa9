#pragma once

#include <functional>
#include <string>
#include <vector>

#include "api/auth.hpp"
#include "api/backend.hpp"
#include "net/http_message.hpp"
#include "net/http_router.hpp"

namespace daedap::api {

/// The HTTP interface: paths and JSON <-> Backend. Described by docs/openapi.yaml.
/// thread  the loop of the HTTP server; the Backend answers on it
class Api {
 public:
  struct Settings {
    std::vector<std::string> tokens;  // bearer tokens of the configuration
    std::string openapi;              // the document's text
  };
  Api(Settings settings, Backend backend, std::function<base::Time()> now);

  /// For net::HttpServer.
  void operator()(net::HttpRequest request, net::Respond respond) { router_(std::move(request), std::move(respond)); }

 private:
  void open(const char* method, const char* path, net::Handler handler);
  void guarded(const char* method, const char* path, net::Handler handler);
  void add_state_routes();
  void add_login_routes();
  void add_operator_routes();
  void add_call_routes();
  void add_act_routes();
  void add_ingest_routes();
  void patch_operator(const net::HttpRequest& request, const net::Respond& respond);
  void post_operator(const net::HttpRequest& request, const net::Respond& respond);
  void put_status(const net::HttpRequest& request, const net::Respond& respond);
  void list_operators(const net::Respond& respond, std::string only);
  void send_file(const net::HttpRequest& request, const net::Respond& respond, const char* type,
                 std::string CallEntry::* path);

  // given
  Settings settings_;
  Backend backend_;
  // owned
  Auth auth_;
  net::HttpRouter router_;
};

}  // namespace daedap::api
