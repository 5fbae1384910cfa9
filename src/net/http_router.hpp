#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "net/http_message.hpp"

namespace daedap::net {

/// Picks the handler of a request by method and path. Patterns are made of literal segments and
/// {name} segments; a literal beats a name. HEAD goes to GET.
/// thread  filled before use, then read only
class HttpRouter {
 public:
  /// Answers what no route takes, with the status it should have (404, or 405 with `allow` set).
  using NoRoute = std::function<void(int status, std::string allow, HttpRequest, Respond)>;
  explicit HttpRouter(NoRoute no_route) : no_route_(std::move(no_route)) {}

  void add(std::string method, std::string_view pattern, Handler handler);
  void operator()(HttpRequest request, Respond respond) const;

 private:
  struct Route {
    std::string method;
    std::vector<std::string> segments;  // "{name}" = any
    Handler handler;
  };
  const Route* find(std::string_view method, const std::vector<std::string>& path) const;
  std::string allowed(const std::vector<std::string>& path) const;

  NoRoute no_route_;
  std::vector<Route> routes_;
};

}  // namespace daedap::net
