// The user agents that set up our server's calls, as telephones would.
#include <sodium.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <map>
#include <set>

#include "bench/relay/pbx.hpp"
#include "sdp/crypto.hpp"
#include "sdp/known_codecs.hpp"
#include "server/hashes.hpp"

namespace daedap::bench {
namespace {

constexpr std::uint16_t discard_port = 9;

std::uint64_t any_number() {
  std::uint64_t value;
  randombytes_buf(&value, sizeof value);
  return value;
}

base::Address local(std::uint16_t port) { return *base::Address::parse_ip("127.0.0.1", port); }

sdp::LocalMedia describe(std::uint16_t port, bool secure, base::Random& random) {
  sdp::LocalMedia media;
  media.rtp = local(port);
  media.codecs.push_back(*sdp::known_codec("PCMU"));
  media.session_id = random.u32() >> 1;
  media.srtp = secure ? sdp::SrtpPolicy::required : sdp::SrtpPolicy::off;
  if (secure) media.crypto = sdp::make_crypto(random);
  return media;
}

}  // namespace

UserAgent::UserAgent(std::uint16_t server_port, base::Random& random) : random_(random), server_{.remote = local(server_port)} {
  fd_ = open_udp(port_, 4 << 20);
  sip::EndpointSettings settings;
  settings.advertised = local(port_);
  settings.hashes = server::openssl_hashes();
  sip_ = std::make_unique<sip::Endpoint>(settings, random);
}

UserAgent::~UserAgent() { ::close(fd_); }

base::Time UserAgent::now() const { return base::Time{std::chrono::nanoseconds{steady_ns()}}; }

void UserAgent::turn() {
  std::array<char, 65'536> bytes;
  for (int i = 0; i < 64; ++i) {
    const ssize_t got = ::recv(fd_, bytes.data(), bytes.size(), 0);
    if (got <= 0) break;
    sip_->on_message({bytes.data(), static_cast<std::size_t>(got)}, server_, now());
    flush();
  }
  if (sip_->deadline() <= now()) sip_->on_time(now());
  flush();
}

void UserAgent::flush() {
  while (auto output = sip_->take_output()) {
    if (const auto* send = std::get_if<sip::Send>(&*output)) {
      const sockaddr_in to = loopback(send->flow.remote.port);
      (void)::sendto(fd_, send->bytes.data(), send->bytes.size(), 0, reinterpret_cast<const sockaddr*>(&to), sizeof to);
    } else {
      on(*output);
    }
  }
}

/// Talkers 1, 3, 5, ... are theirs, in the order in which the calls come.
class Calls::Operators final : public UserAgent {
 public:
  Operators(const Pbx& pbx, bool secure, Talkers* talkers, base::Random& random)
      : UserAgent(pbx.sip_port(), random), secure_(secure), talkers_(talkers) {}

  void register_one(const Pbx::Account& account) {
    sip::OutgoingRequest request{.method = "REGISTER", .target = "sip:127.0.0.1", .from = "<sip:" + account.id + "@127.0.0.1>", .to = {},
                                 .flow = server_, .headers = {}, .user = account.id, .password = account.password, .call_id = {}, .cseq = 0};
    request.headers.push_back({"Contact", "<sip:" + account.id + "@" + local(port_).text() + ">"});
    request.headers.push_back({"Expires", "3600"});
    sip_->request(request, now());
    flush();
  }
  std::size_t registered() const { return registered_; }

 private:
  void on(sip::Output& output) override {
    if (const auto* response = std::get_if<sip::ResponseIn>(&output)) registered_ += response->status == 200;
    if (const auto* invite = std::get_if<sip::InviteIn>(&output)) answer(*invite);
  }

  void answer(const sip::InviteIn& in) {
    const std::size_t leg = talkers_ ? next_ : 0;
    if (talkers_ && leg >= talkers_->size()) return sip_->reject(in.session, 486, now());
    const auto answer = sdp::answer(in.offer, describe(talkers_ ? talkers_->port(leg) : discard_port, secure_, random_));
    if (!answer) return sip_->reject(in.session, 488, now());
    if (talkers_) talkers_->aim(leg, answer->media);
    next_ += 2;
    sip_->ring(in.session, now());
    sip_->accept(in.session, answer->sdp, now());
  }

  bool secure_;
  Talkers* talkers_;
  std::size_t next_ = 1, registered_ = 0;
};

/// Talkers 0, 2, 4, ... are theirs.
class Calls::Customers final : public UserAgent {
 public:
  Customers(const Pbx& pbx, bool secure, Talkers* talkers, base::Random& random)
      : UserAgent(pbx.sip_port(), random), accounts_(pbx.accounts()), secure_(secure), talkers_(talkers) {}

  void call() {
    const std::size_t number = placed_++;
    Call one{.media = describe(talkers_ ? talkers_->port(2 * number) : discard_port, secure_, random_), .leg = 2 * number};
    sip::OutgoingInvite invite;
    invite.target = "sip:" + accounts_[number % accounts_.size()].id + "@" + server_.remote.text();
    invite.from = "<sip:" + std::to_string(900'000 + number) + "@127.0.0.1>";
    invite.flow = server_;
    invite.offer = sdp::make_offer(one.media);
    calls_.emplace(sip_->invite(invite, now()), std::move(one));
    flush();
  }
  void hang_up_all() {
    for (const sip::SessionId id : talking_) sip_->hang_up(id, now());
    talking_.clear();
    flush();
  }
  std::size_t under_way() const { return calls_.size(); }
  std::size_t answered = 0, failed = 0;

 private:
  struct Call {
    sdp::LocalMedia media;
    std::size_t leg = 0;
  };

  void on(sip::Output& output) override {
    if (const auto* in = std::get_if<sip::AcceptedIn>(&output)) on_answered(*in);
    if (const auto* in = std::get_if<sip::RejectedIn>(&output)) lose(in->session);
    if (const auto* in = std::get_if<sip::LostIn>(&output)) lose(in->session);
    if (const auto* in = std::get_if<sip::ByeIn>(&output)) lose(in->session);
  }

  void on_answered(const sip::AcceptedIn& in) {
    const auto one = calls_.extract(in.session);
    if (one.empty()) return;
    const auto media = sdp::accept(one.mapped().media, in.answer);
    if (!media || (secure_ && !media->srtp_send)) return lose(in.session);
    ++answered;
    if (!talkers_) return sip_->hang_up(in.session, now());
    talkers_->aim(one.mapped().leg, *media);
    talking_.insert(in.session);
  }

  void lose(sip::SessionId id) {
    ++failed;
    calls_.erase(id);
    talking_.erase(id);
  }

  const std::vector<Pbx::Account>& accounts_;
  bool secure_;
  Talkers* talkers_;
  std::size_t placed_ = 0;
  std::map<sip::SessionId, Call> calls_;
  std::set<sip::SessionId> talking_;
};

Calls::Calls(const Pbx& pbx, Talkers* talkers, bool secure)
    : random_(any_number),
      operators_(std::make_unique<Operators>(pbx, secure, talkers, random_)),
      customers_(std::make_unique<Customers>(pbx, secure, talkers, random_)),
      pbx_(pbx),
      epoll_(::epoll_create1(EPOLL_CLOEXEC)) {
  for (const UserAgent* one : {static_cast<UserAgent*>(operators_.get()), static_cast<UserAgent*>(customers_.get())}) {
    epoll_event event{};
    event.events = EPOLLIN;
    ::epoll_ctl(epoll_, EPOLL_CTL_ADD, one->fd(), &event);
  }
}

Calls::~Calls() { ::close(epoll_); }

void Calls::turn(std::int64_t wait_ns) {
  std::array<epoll_event, 2> events;
  const timespec wait{0, std::clamp<long>(wait_ns, 0, 5'000'000)};
  (void)::epoll_pwait2(epoll_, events.data(), static_cast<int>(events.size()), &wait, nullptr);
  operators_->turn();
  customers_->turn();
}

bool Calls::register_all(double seconds) {
  for (const Pbx::Account& account : pbx_.accounts()) operators_->register_one(account);
  const std::int64_t until = steady_ns() + static_cast<std::int64_t>(seconds * 1e9);
  while (operators_->registered() < pbx_.accounts().size() && steady_ns() < until) turn(5'000'000);
  settle(0.5);  // until each shard has the copy
  return operators_->registered() == pbx_.accounts().size();
}

void Calls::place(std::size_t calls, double per_second) {
  const auto gap = static_cast<std::int64_t>(1e9 / per_second);
  std::int64_t due = steady_ns();
  for (std::size_t i = 0; i < calls; ++i, due += gap) {
    customers_->call();
    do turn(due + gap - steady_ns());
    while (steady_ns() < due + gap);
  }
}

void Calls::settle(double seconds) {
  const std::int64_t until = steady_ns() + static_cast<std::int64_t>(seconds * 1e9);
  while (steady_ns() < until) turn(5'000'000);
}

bool Calls::settle_until_quiet(double seconds, std::size_t open) {
  const std::int64_t until = steady_ns() + static_cast<std::int64_t>(seconds * 1e9);
  const auto busy = [&] { return customers_->under_way() > 0 || customers_->sessions() > open || operators_->sessions() > open; };
  while (busy() && steady_ns() < until) turn(5'000'000);
  return !busy();
}

void Calls::hang_up_all() { customers_->hang_up_all(); }
std::size_t Calls::answered() const { return customers_->answered; }
std::size_t Calls::failed() const { return customers_->failed; }

}  // namespace daedap::bench
