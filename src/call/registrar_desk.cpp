#include "call/registrar_desk.hpp"

#include <algorithm>

#include "base/utf8.hpp"
#include "sip/name_addr.hpp"

namespace daedap::call {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr milliseconds shortest_delay{500}, longest_delay{2000};
constexpr seconds refresh_notice{5};  // copies of a mere refresh are bundled
constexpr milliseconds shortest_gap{100};  // between two copies: a whole office may register at once
constexpr std::size_t longest_logged = 64;

/// 0.5 s for the first wrong password of a source, doubling to 2 s.
milliseconds delay_after(int failures) {
  return std::min(shortest_delay * (1 << std::clamp(failures - 1, 0, 2)), longest_delay);
}

std::string secret_of(const Operator& one) { return one.ha1_md5 + ':' + one.ha1_sha256; }

std::string clip(std::string_view text) { return base::valid_utf8(base::utf8_prefix(text, longest_logged)); }

struct Parties {
  sip::Uri from, to;
};

std::optional<Parties> parties_of(const sip::Message& m) {
  auto from = sip::NameAddr::parse(m.header("From").value_or(""));
  auto to = sip::NameAddr::parse(m.header("To").value_or(""));
  if (!from || !to || from->star || to->star) return std::nullopt;
  return Parties{std::move(from->uri), std::move(to->uri)};
}

}  // namespace

RegistrarDesk::RegistrarDesk(Settings settings, sip::Hashes hashes, base::Random& random, sip::RequestPort& port,
                             const Operators& operators, base::Log log)
    : settings_(std::move(settings)), random_(random), port_(port), operators_(operators), log_(std::move(log)),
      authenticator_(settings_.authentication, std::move(hashes), random), registrar_(settings_.limits) {}

void RegistrarDesk::respond(sip::RequestId request, int status, base::Time now, const std::vector<sip::Header>& extra) {
  port_.respond(request, status, now, extra);
}

const Operator* RegistrarDesk::account(const std::string& id) const {
  const Operator* found = operators_.find(id);
  return found != nullptr && (!found->ha1_md5.empty() || !found->ha1_sha256.empty()) ? found : nullptr;
}

// ---- a REGISTER ------------------------------------------------------------------------------

void RegistrarDesk::on_request(const sip::RequestIn& in, base::Time now) {
  if (bans_.banned(in.flow.remote, now)) return respond(in.request, 403, now);
  if (in.message.method != "REGISTER") return respond(in.request, 405, now, {{"Allow", "REGISTER"}});
  const auto parties = parties_of(in.message);
  if (!parties || !parties->to.is_sip() || parties->to.user.empty()) return respond(in.request, 400, now);
  // Third-party registration (§10.2) has no use here, and would be one more thing to probe.
  if (parties->from.user != parties->to.user) return respond(in.request, 403, now);
  authenticate(in, parties->to.user, now);
}

void RegistrarDesk::authenticate(const sip::RequestIn& in, const std::string& id, base::Time now) {
  using Verdict = sip::Authenticator::Verdict;
  const std::string user = sip::Authenticator::user_of(in.message, false, authenticator_.realm());
  const Operator* one = account(user);
  const sip::DigestSecret secret = one ? sip::DigestSecret{one->ha1_md5, one->ha1_sha256} : sip::DigestSecret{};
  const Verdict verdict = authenticator_.check(in.message, false, one ? &secret : nullptr, now);
  if (verdict == Verdict::wrong) return refuse(in, user, now);
  if (verdict != Verdict::ok)
    return respond(in.request, 401, now, authenticator_.challenge(false, verdict == Verdict::stale, in.message.header("User-Agent").value_or(""), now));
  bans_.on_success(in.flow.remote);
  if (user != id) return respond(in.request, 403, now);
  bind(in, id, now);
}

/// Unknown users and wrong passwords end here alike.
void RegistrarDesk::refuse(const sip::RequestIn& in, const std::string& user, base::Time now) {
  log_.warn("sip_auth_failed", {{"method", "REGISTER"}, {"user", clip(user)}, {"source", in.flow.remote.ip_text()}});
  const bool slowest = count_failure(in.flow.remote, now);
  const int failures = slowest ? sip::BanList::most_failures : bans_.failures(in.flow.remote, now);
  delayed_.push_back({now + delay_after(failures), in.request});
  while (delayed_.size() > settings_.most_delayed) {
    respond(delayed_.front().request, 403, now);
    delayed_.pop_front();
  }
}

void RegistrarDesk::on_wrong_password(const base::Address& source, base::Time now) { count_failure(source, now); }

/// True when the source is answered as slowly as can be: just banned, or never banned because telephones
/// of one office share an address, and one with an old password must not shut out the others.
bool RegistrarDesk::count_failure(const base::Address& source, base::Time now) {
  ++counts_.refused;
  if (contacts_from(source)) return true;
  if (!bans_.on_failure(source, now)) return false;
  ++counts_.banned;
  log_.warn("sip_source_banned", {{"source", source.ip_text()}});
  return true;
}

bool RegistrarDesk::contacts_from(const base::Address& source) const {
  return sources_.contains(source.with_port(0));
}

void RegistrarDesk::bind(const sip::RequestIn& in, const std::string& id, base::Time now) {
  const auto before = registrar_.find(id);
  auto answer = registrar_.on_register(id, in.message, in.flow, now);
  if (answer.status == 200 && settings_.date) {
    if (std::string date = settings_.date(); !date.empty()) answer.headers.push_back({"Date", std::move(date)});
  }
  respond(in.request, answer.status, now, answer.headers);
  if (answer.status != 200) return;
  proven_[id] = secret_of(*account(id));
  log_changes(id, before);
  watch(in, id, now);
  if (answer.changed) {
    tell_change(now);
  } else if (!in.message.all("Contact").empty()) {
    tell_change(now + refresh_notice);
  }
}

void RegistrarDesk::log_changes(const std::string& id, const std::vector<sip::Binding>& before) {
  const auto after = registrar_.find(id);
  const auto holds = [](const std::vector<sip::Binding>& list, const sip::Binding& b) {
    return std::any_of(list.begin(), list.end(), [&](const sip::Binding& x) { return x.contact == b.contact; });
  };
  for (const sip::Binding& b : before) {
    if (!holds(after, b)) log_gone(id, b, "unregistered");
  }
  for (const sip::Binding& b : after) {
    if (holds(before, b)) continue;
    ++counts_.registered;
    log_.info("sip_registered", {{"operator", id},
                                 {"contact", b.contact},
                                 {"source", b.flow.remote.text()},
                                 {"transport", sip::name(b.flow.transport)},
                                 {"user_agent", b.user_agent}});
  }
  count_sources(before, -1);
  count_sources(after, +1);
}

void RegistrarDesk::log_gone(const std::string& id, const sip::Binding& b, const char* why) {
  log_.info("sip_unregistered", {{"operator", id}, {"contact", b.contact}, {"reason", why}});
}

void RegistrarDesk::count_sources(const std::vector<sip::Binding>& bindings, int step) {
  for (const sip::Binding& b : bindings) {
    const auto at = sources_.try_emplace(b.flow.remote.with_port(0)).first;
    if ((at->second += step) <= 0) sources_.erase(at);
  }
}

// ---- time and the world ------------------------------------------------------------------------

void RegistrarDesk::on_time(base::Time now) {
  give_delayed(now);
  if (registrar_.deadline() <= now) drop(registrar_.on_time(now), "expired", now);
  if (next_ping_ <= now) send_pings(now);
}

void RegistrarDesk::give_delayed(base::Time now) {
  std::erase_if(delayed_, [&](const Delayed& one) {
    if (one.due > now) return false;
    respond(one.request, 403, now);
    return true;
  });
}

void RegistrarDesk::on_flow_failed(const sip::Flow& flow, base::Time now) {
  drop(registrar_.on_flow_failed(flow), "connection lost", now);
}

void RegistrarDesk::on_operators(base::Time now) {
  for (const auto& [id, bindings] : registrar_.all()) {
    const Operator* one = account(id);
    if (one != nullptr && secret_of(*one) == proven_[id]) continue;
    drop(registrar_.remove(id), one == nullptr ? "account removed" : "password changed", now);
    proven_.erase(id);
  }
}

void RegistrarDesk::drop(const sip::Registrar::Removed& removed, const char* why, base::Time now) {
  for (const auto& [id, binding] : removed) {
    log_gone(id, binding, why);
    count_sources({binding}, -1);
    pings_.erase({id, binding.contact});
  }
  if (!removed.empty()) tell_change(now);
}

base::Time RegistrarDesk::deadline() const {
  base::Time first = std::min({registrar_.deadline(), next_ping_, tell_at_});
  for (const Delayed& one : delayed_) first = std::min(first, one.due);
  return first;
}

void RegistrarDesk::tell_change(base::Time when) { tell_at_ = std::min(tell_at_, std::max(when, told_ + shortest_gap)); }

std::optional<Contacts> RegistrarDesk::take_changed(base::Time now) {
  if (now < tell_at_) return std::nullopt;
  tell_at_ = base::never;
  told_ = now;
  return contacts();
}

}  // namespace daedap::call
