#include "net/http_router.hpp"

#include <gtest/gtest.h>

namespace daedap::net {
namespace {

struct Routed {
  std::string route;
  std::map<std::string, std::string> params;
  int status = 0;
  std::string allow;
};

Routed route(const std::string& method, const std::string& path) {
  Routed out;
  HttpRouter router([&](int status, std::string allow, HttpRequest, Respond) {
    out.status = status;
    out.allow = std::move(allow);
  });
  const auto take = [&](std::string name) {
    return [&out, name](HttpRequest request, Respond) { out = {name, request.params}; };
  };
  router.add("GET", "/calls/{id}", take("call"));
  router.add("GET", "/calls", take("calls"));
  router.add("GET", "/calls/active", take("active"));
  router.add("POST", "/calls/{id}/say", take("say"));
  router.add("PUT", "/calls/{id}", take("put"));
  HttpRequest request;
  request.method = method;
  request.path = path;
  router(std::move(request), [](HttpResponse) {});
  return out;
}

TEST(HttpRouter, FillsTheNamedPartsOfThePath) {
  const Routed routed = route("POST", "/calls/42/say");
  EXPECT_EQ(routed.route, "say");
  EXPECT_EQ(routed.params.at("id"), "42");
}

TEST(HttpRouter, PrefersLiteralSegments) {
  EXPECT_EQ(route("GET", "/calls/active").route, "active");
  EXPECT_EQ(route("GET", "/calls/other").route, "call");
}

TEST(HttpRouter, SendsHeadToGet) { EXPECT_EQ(route("HEAD", "/calls").route, "calls"); }

TEST(HttpRouter, Says404ForAnUnknownPath) {
  EXPECT_EQ(route("GET", "/nothing").status, 404);
  EXPECT_EQ(route("GET", "/calls/").status, 404);
  EXPECT_EQ(route("GET", "").status, 404);
}

TEST(HttpRouter, Says405WithTheAllowedMethods) {
  const Routed routed = route("DELETE", "/calls/42");
  EXPECT_EQ(routed.status, 405);
  EXPECT_EQ(routed.allow, "GET, HEAD, PUT");
}

}  // namespace
}  // namespace daedap::net
