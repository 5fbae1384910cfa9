#include "net/resolver.hpp"

#include <algorithm>
#include <condition_variable>
#include <deque>
#include <map>
#include <mutex>
#include <thread>

#include "base/alive.hpp"
#include "net/clock.hpp"
#include "net/loop.hpp"

namespace daedap::net {
namespace {

using base::Code;

constexpr std::size_t max_name = 253;
constexpr std::size_t max_targets = 8;     // SRV records whose addresses are asked for
constexpr std::size_t max_addresses = 16;  // told

struct Question {
  std::string host;
  std::uint16_t port;
  Resolver::Transport transport;

  friend auto operator<=>(const Question&, const Question&) = default;
};

/// One SRV record with its addresses; a host without SRV is one of these alone.
struct Place {
  SrvRecord record;
  std::vector<base::Address> addresses;
};
struct Answer {
  base::Result<std::vector<Place>> places;
  std::chrono::seconds ttl;
};

std::string service_of(Resolver::Transport transport) {
  switch (transport) {
    case Resolver::Transport::udp: return "_sip._udp.";
    case Resolver::Transport::tcp: return "_sip._tcp.";
    case Resolver::Transport::tls: return "_sips._tcp.";
  }
  return "_sip._udp.";
}

Answer ask_host(const DnsQueries& queries, const Question& q) {
  auto found = queries.addresses(q.host);
  if (!found) return {tl::unexpected(found.error()), {}};
  const std::uint16_t port = q.port != 0 ? q.port : q.transport == Resolver::Transport::tls ? 5061 : 5060;
  return {std::vector<Place>{{{0, 0, port, q.host}, std::move(found->addresses)}}, found->ttl};
}

/// Without usable SRV records the host itself is asked for; a name server that fails on SRV alone must
/// not make a host unreachable. spec  RFC 3263 §4.2
Answer ask(const DnsQueries& queries, const Question& q) {
  if (q.port != 0) return ask_host(queries, q);
  auto srv = queries.srv(service_of(q.transport) + q.host);
  if (!srv) return ask_host(queries, q);
  if (srv->records.size() == 1 && srv->records[0].target == ".")
    return {base::fail(Code::not_found, "the domain says it has no such service", q.host), srv->ttl};
  std::ranges::stable_sort(srv->records, {}, &SrvRecord::priority);
  srv->records.resize(std::min(srv->records.size(), max_targets));
  std::vector<Place> places;
  std::chrono::seconds ttl = srv->ttl;
  for (const SrvRecord& record : srv->records) {
    auto found = queries.addresses(record.target);
    if (!found) continue;
    ttl = std::min(ttl, found->ttl);
    places.push_back({record, std::move(found->addresses)});
  }
  if (places.empty()) return {base::fail(Code::not_found, "no address for any SRV target", q.host), {}};
  return {std::move(places), ttl};
}

}  // namespace

struct Resolver::Impl : std::enable_shared_from_this<Resolver::Impl> {
  Impl(Loop& l, base::Random::Source source, DnsQueries q, Limits lim)
      : loop(l), random(std::move(source)), queries(std::move(q)), limits(lim) {}

  // on the helper's thread
  void work();

  // on the loop's
  void resolve(Question question, Then then);
  void tell(Then then, base::Result<std::vector<base::Address>> result);
  void on_answer(const Question& question, Answer answer);
  void on_time_out(const Question& question, std::uint64_t waiter);
  void make_room();
  base::Result<std::vector<base::Address>> list(const base::Result<std::vector<Place>>& places);

  Loop& loop;
  base::Random random;
  const DnsQueries queries;
  const Limits limits;
  // state of the loop
  struct Known {
    base::Result<std::vector<Place>> places;
    base::Time until;
  };
  std::map<Question, Known> cache;
  std::map<Question, std::map<std::uint64_t, Then>> waiters;  // asked for and not answered yet
  std::size_t waiting = 0;                                    // in `waiters`
  std::uint64_t last_waiter = 0;
  base::Alive alive;
  // shared with the helper
  std::mutex mutex;
  std::condition_variable changed;
  std::deque<Question> questions;
  bool stopped = false;
  std::thread thread;
};

void Resolver::Impl::work() {
  for (;;) {
    std::unique_lock lock(mutex);
    changed.wait(lock, [&] { return stopped || !questions.empty(); });
    if (stopped) return;
    const Question question = std::move(questions.front());
    questions.pop_front();
    lock.unlock();
    Answer answer = ask(queries, question);
    loop.post("dns answer", [weak = weak_from_this(), question, answer = std::move(answer)]() mutable {
      if (const auto self = weak.lock()) self->on_answer(question, std::move(answer));
    });
  }
}

void Resolver::Impl::tell(Then then, base::Result<std::vector<base::Address>> result) {
  loop.post("resolved", [token = alive.token(), then = std::move(then), result = std::move(result)]() mutable {
    if (token) then(std::move(result));
  });
}

void Resolver::Impl::resolve(Question question, Then then) {
  const auto known = cache.find(question);
  if (known != cache.end() && known->second.until > now())
    return tell(std::move(then), list(known->second.places));
  if (waiting >= limits.waiting)
    return tell(std::move(then), base::fail(Code::too_large, "too many DNS questions wait"));
  auto& others = waiters[question];
  const bool asked = !others.empty();
  const std::uint64_t id = ++last_waiter;
  others[id] = std::move(then);
  ++waiting;
  loop.post_after(limits.time_out, [token = alive.token(), this, question, id] {
    if (token) on_time_out(question, id);
  });
  if (asked) return;
  const std::lock_guard lock(mutex);
  questions.push_back(std::move(question));
  changed.notify_one();
}

void Resolver::Impl::on_answer(const Question& question, Answer answer) {
  const std::chrono::seconds most = answer.places ? limits.known : limits.unknown;
  const std::chrono::seconds time = answer.places ? std::min(answer.ttl, most) : most;
  make_room();
  Known fresh{std::move(answer.places), now() + time};
  const Known& known = cache.insert_or_assign(question, std::move(fresh)).first->second;
  auto asked = waiters.extract(question);
  if (asked.empty()) return;
  waiting -= asked.mapped().size();
  for (auto& [id, then] : asked.mapped()) tell(std::move(then), list(known.places));
}

void Resolver::Impl::on_time_out(const Question& question, std::uint64_t waiter) {
  const auto asked = waiters.find(question);
  if (asked == waiters.end()) return;
  auto late = asked->second.extract(waiter);
  if (late.empty()) return;
  --waiting;
  if (asked->second.empty()) {
    waiters.erase(asked);
    const std::lock_guard lock(mutex);
    std::erase(questions, question);  // nobody waits for it any more
  }
  late.mapped()(base::fail(Code::timed_out, "DNS gave no answer in time", question.host));
}

void Resolver::Impl::make_room() {
  if (cache.size() < limits.cache) return;
  std::erase_if(cache, [time = now()](const auto& entry) { return entry.second.until <= time; });
  if (cache.size() < limits.cache) return;
  cache.erase(std::ranges::min_element(cache, {}, [](const auto& entry) { return entry.second.until; }));
}

/// Ordered anew for each asker, so that the weights hold although the answer is kept.
base::Result<std::vector<base::Address>> Resolver::Impl::list(
    const base::Result<std::vector<Place>>& places) {
  if (!places) return tl::unexpected(places.error());
  std::vector<SrvRecord> order;
  for (const Place& place : *places) order.push_back(place.record);
  order_srv(order, random);
  std::vector<base::Address> out;
  for (const SrvRecord& record : order) {
    for (const base::Address& address : std::ranges::find(*places, record, &Place::record)->addresses) {
      const base::Address full = address.with_port(record.port);
      if (out.size() < max_addresses && std::ranges::find(out, full) == out.end()) out.push_back(full);
    }
  }
  return out;
}

Resolver::Resolver(Loop& loop, base::Random::Source random, DnsQueries queries, Limits limits)
    : impl_(std::make_shared<Impl>(loop, std::move(random), std::move(queries), limits)) {
  impl_->thread = std::thread([impl = impl_.get()] { impl->work(); });
}

Resolver::~Resolver() {
  {
    const std::lock_guard lock(impl_->mutex);
    impl_->stopped = true;
    impl_->changed.notify_one();
  }
  impl_->thread.join();
}

void Resolver::resolve(const std::string& host, std::uint16_t port, Transport transport, Then then) {
  if (const auto number = base::Address::parse_ip(host)) {
    const std::uint16_t usual = transport == Transport::tls ? 5061 : 5060;
    return impl_->tell(std::move(then), std::vector{number->with_port(port != 0 ? port : usual)});
  }
  std::string name = host;
  if (!name.empty() && name.back() == '.') name.pop_back();
  for (char& c : name) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
  if (name.empty() || name.size() > max_name || name.find('\0') != name.npos)
    return impl_->tell(std::move(then), base::fail(Code::bad_syntax, "no host name"));
  impl_->resolve({std::move(name), port, transport}, std::move(then));
}

}  // namespace daedap::net
