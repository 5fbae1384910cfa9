#include "net/http_router.hpp"

#include <algorithm>

namespace daedap::net {

namespace {

bool is_name(const std::string& segment) { return segment.starts_with('{'); }

std::vector<std::string> segments_of(std::string_view path) {
  std::vector<std::string> out;
  while (path.starts_with('/')) {
    path.remove_prefix(1);
    const std::size_t slash = std::min(path.find('/'), path.size());
    out.emplace_back(path.substr(0, slash));
    path.remove_prefix(slash);
  }
  return out;
}

bool matches(const std::vector<std::string>& pattern, const std::vector<std::string>& path) {
  return std::ranges::equal(pattern, path, [](const std::string& want, const std::string& is) {
    return is_name(want) ? !is.empty() : want == is;
  });
}

}  // namespace

void HttpRouter::add(std::string method, std::string_view pattern, Handler handler) {
  routes_.push_back({std::move(method), segments_of(pattern), std::move(handler)});
  // Routes with fewer names first, so that the first match is the most literal one.
  std::ranges::stable_sort(routes_, {}, [](const Route& route) {
    return std::ranges::count_if(route.segments, is_name);
  });
}

const HttpRouter::Route* HttpRouter::find(std::string_view method,
                                          const std::vector<std::string>& path) const {
  const std::string_view wanted = method == "HEAD" ? "GET" : method;
  for (const Route& route : routes_) {
    if (route.method == wanted && matches(route.segments, path)) return &route;
  }
  return nullptr;
}

std::string HttpRouter::allowed(const std::vector<std::string>& path) const {
  std::string methods;
  for (const Route& route : routes_) {
    if (!matches(route.segments, path) || methods.find(route.method) != methods.npos) continue;
    methods += (methods.empty() ? "" : ", ") + route.method;
    if (route.method == "GET") methods += ", HEAD";
  }
  return methods;
}

void HttpRouter::operator()(HttpRequest request, Respond respond) const {
  const auto path = segments_of(request.path);
  const Route* route = find(request.method, path);
  if (!route) {
    std::string allow = allowed(path);
    const int status = allow.empty() ? 404 : 405;
    return no_route_(status, std::move(allow), std::move(request), std::move(respond));
  }
  for (std::size_t i = 0; i < path.size(); ++i) {
    const std::string& segment = route->segments[i];
    if (is_name(segment)) request.params[segment.substr(1, segment.size() - 2)] = path[i];
  }
  route->handler(std::move(request), std::move(respond));
}

}  // namespace daedap::net
