#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "base/time.hpp"
#include "sip/flow.hpp"
#include "sip/message.hpp"

namespace daedap::sip {

/// One contact of an address of record: where it can be called, and by which path.
struct Binding {
  std::string contact;  // URI
  Flow flow;            // the REGISTER came by it; calls go back by it
  base::Time expires{};
  std::string call_id;
  std::uint32_t cseq = 0;
  double q = 1.0;
  std::string user_agent;
  base::Time updated{};  // last REGISTER
};

/// Bindings by operator id. Requests come here after authentication.
/// in      on_register, on_flow_failed, on_time, remove
/// out     find, all          spec  RFC 3261 §10.3
/// differs: Path and Service-Route are not used: the flow of the REGISTER is the route
class Registrar {
 public:
  static constexpr std::size_t max_contacts = 10;  // of one id; over it the one heard of longest ago goes
  struct Limits {
    std::chrono::seconds shortest{60}, longest{3600}, usual{3600};
  };
  struct Answer {
    int status = 200;
    std::vector<Header> headers;  // Contact with expires, Min-Expires
    bool changed = false;         // a binding came, went, or moved to another flow; not a mere refresh
  };
  using Removed = std::vector<std::pair<std::string, Binding>>;  // id, what it was

  explicit Registrar(Limits limits);
  Registrar() : Registrar(Limits{}) {}

  /// errors  400 (Contact or Expires that cannot be), 423 with Min-Expires, 500 (CSeq went back; nothing
  ///         was changed)
  Answer on_register(const std::string& id, const Message& request, const Flow& flow, base::Time now);
  /// Bindings of that connection go. UDP flows cannot fail.
  Removed on_flow_failed(const Flow& flow);
  /// Bindings whose time ran out go.
  Removed on_time(base::Time now);
  /// Never later than the first expiry.
  base::Time deadline() const { return next_expiry_; }
  /// One contact, or all of an id when `contact` is empty.
  Removed remove(const std::string& id, const std::string& contact = {});

  /// Best q first, then the newest.
  std::vector<Binding> find(const std::string& id) const;
  std::map<std::string, std::vector<Binding>> all() const;

 private:
  using Bindings = std::vector<Binding>;
  void keep(const std::string& id, Bindings next);
  Answer listing(const std::string& id, base::Time now) const;
  template <typename Gone>
  Removed take_out(Gone gone);

  Limits limits_;
  std::map<std::string, Bindings> bindings_;  // each list: newest first
  base::Time next_expiry_ = base::never;
};

}  // namespace daedap::sip
