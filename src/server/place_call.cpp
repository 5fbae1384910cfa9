#include "server/place_call.hpp"

#include <sodium.h>
#include <sys/socket.h>
#include <unistd.h>

#include <future>

#include "net/clock.hpp"
#include "net/loop.hpp"
#include "net/resolver.hpp"
#include "net/socket_address.hpp"
#include "net/udp_socket.hpp"
#include "server/hashes.hpp"
#include "server/sip_transport.hpp"
#include "sip/uri.hpp"

namespace daedap::server {
namespace {

/// Our own address towards `remote`: what the routing table would use.
base::Result<base::Address> own_address(const base::Address& remote) {
  sockaddr_storage to{}, mine{};
  const socklen_t length = net::to_system(remote, to);
  socklen_t size = sizeof mine;
  const int fd = ::socket(to.ss_family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  const bool good = fd >= 0 && ::connect(fd, reinterpret_cast<sockaddr*>(&to), length) == 0 &&
                    ::getsockname(fd, reinterpret_cast<sockaddr*>(&mine), &size) == 0;
  if (fd >= 0) ::close(fd);
  if (!good) return base::fail(base::Code::io, "no route to", remote.text());
  return net::from_system(mine).with_port(0);
}

std::uint64_t secure_random() {
  std::uint64_t value;
  randombytes_buf(&value, sizeof value);
  return value;
}

sip::Transport transport_of(const sip::Uri& uri) {
  const std::string_view asked = uri.params.value("transport").value_or("");
  if (uri.scheme == "sips" || asked == "tls") return sip::Transport::tls;
  return asked == "tcp" ? sip::Transport::tcp : sip::Transport::udp;
}

/// One call on one loop; made before the loop starts, run and destroyed on its thread.
class LiveCall {
 public:
  LiveCall(net::Loop& loop, call::TestPlan plan, base::Address own, const std::function<bool()>& stop)
      : loop_(loop), plan_(std::move(plan)), stop_(stop), random_(secure_random), udp_(loop),
        ports_(own, 30'000, 39'999), own_(own) {}

  base::Result<void> open(const CallTarget& target, const std::string& host) {
    Config::Sip sip;
    sip.ca = target.ca;
    sip.tls_verify = !target.insecure;
    sip.bind = own_.ip_text();
    sip.port = 0;
    auto transport = SipTransport::open(sip, loop_, loop_,
                                        {[this](const sip::Flow& f, std::string_view b, base::Time now) { on_message(f, b, now); },
                                         [this](const sip::Flow& f) { on_flow_failed(f); },
                                         [this](const base::Address&, const std::string& why) { refused_ = why; }});
    if (!transport) return tl::unexpected(transport.error());
    transport_ = std::move(*transport);
    transport_->expect_host(plan_.flow.remote, host);
    sip::EndpointSettings settings;
    settings.advertised = own_.with_port(transport_->port());
    settings.user_agent = "Daedap-call";
    settings.hashes = openssl_hashes();
    caller_ = std::make_unique<call::TestCaller>(plan_, settings, call::TestCaller::Surroundings{ports_, udp_, random_});
    return {};
  }

  void begin() {
    const base::Time now = net::now();
    if (auto started = caller_->start(now); !started) return done_.set_value(tl::unexpected(started.error()));
    drain();
    ticker_ = loop_.every(base::Millis{20}, [this](base::Time t, base::Duration) { on_tick(t); });
  }

  /// On the loop's thread: lets go of everything that belongs to it.
  void end() {
    ticker_.reset();
    caller_.reset();
  }

  std::future<base::Result<call::TestReport>> result() { return done_.get_future(); }

 private:
  void on_message(const sip::Flow& flow, std::string_view bytes, base::Time now) {
    if (!caller_ || finished_) return;
    caller_->on_message(bytes, flow, now);
    drain();
  }
  void on_flow_failed(const sip::Flow& flow) {
    if (!caller_ || finished_) return;
    caller_->on_flow_failed(flow, net::now());
    drain();
  }
  void on_tick(base::Time now) {
    if (finished_) return;
    if (!stopped_ && stop_()) stopped_ = true, caller_->answered() ? caller_->hang_up(now) : caller_->cancel(now);
    caller_->on_tick(now);
    if (caller_->deadline() <= now) caller_->on_time(now);
    drain();
    if (!caller_->over(now)) return;
    finished_ = true;
    if (!refused_.empty() && !caller_->answered())
      return done_.set_value(base::fail(base::Code::denied, "the TLS hand-shake failed", refused_));
    done_.set_value(caller_->report());
  }
  void drain() {
    while (auto out = caller_->take_output()) transport_->send(out->flow, std::move(out->bytes));
  }

  // given
  net::Loop& loop_;
  call::TestPlan plan_;
  const std::function<bool()>& stop_;
  // owned
  base::Random random_;
  net::UdpOpener udp_;
  media::PortRange ports_;
  base::Address own_;
  std::unique_ptr<SipTransport> transport_;
  std::unique_ptr<call::TestCaller> caller_;
  std::unique_ptr<net::Ticker> ticker_;
  std::promise<base::Result<call::TestReport>> done_;
  // state
  bool finished_ = false, stopped_ = false;
  std::string refused_;
};

}  // namespace

base::Result<base::Address> resolve(const std::string& host, std::uint16_t port, sip::Transport transport) {
  using Kind = net::Resolver::Transport;
  const Kind kind = transport == sip::Transport::tls ? Kind::tls : transport == sip::Transport::tcp ? Kind::tcp : Kind::udp;
  net::Loop loop("dns");
  net::Resolver resolver(loop, secure_random);
  std::promise<base::Result<std::vector<base::Address>>> found;
  resolver.resolve(host, port, kind, [&](base::Result<std::vector<base::Address>> r) { found.set_value(std::move(r)); });
  loop.start();
  const auto addresses = found.get_future().get();
  loop.stop();
  loop.join();
  if (!addresses) return tl::unexpected(addresses.error());
  return addresses->front();
}

base::Result<call::TestReport> place_call(const CallTarget& target, std::vector<call::Step> steps,
                                          const std::function<bool()>& stop) {
  const auto uri = sip::Uri::parse(target.uri);
  if (!uri || !uri->is_sip() || uri->user.empty())
    return base::fail(base::Code::bad_syntax, "not a SIP address (sip:1001@host:port)", target.uri);
  const sip::Transport transport = transport_of(*uri);
  const auto remote = resolve(uri->host, uri->port.value_or(0), transport);
  if (!remote) return tl::unexpected(remote.error());
  const auto own = own_address(*remote);
  if (!own) return tl::unexpected(own.error());

  call::TestPlan plan;
  plan.target = target.uri;
  plan.from = "\"Daedap test\" <sip:" + (target.user.empty() ? "test" : target.user) + "@" + uri->host + ">";
  plan.user = target.user;
  plan.password = target.password;
  plan.flow = {transport, *remote, 0};
  plan.advertised_media = *own;
  plan.steps = std::move(steps);

  net::Loop loop("call");
  LiveCall call(loop, std::move(plan), *own, stop);
  if (auto opened = call.open(target, uri->host); !opened) return tl::unexpected(opened.error());
  auto result = call.result();
  loop.start();
  loop.post("begin", [&] { call.begin(); });
  auto report = result.get();
  std::promise<void> gone;
  loop.post("end", [&] { call.end(), gone.set_value(); });
  gone.get_future().wait();
  loop.stop();
  loop.join();
  return report;
}

}  // namespace daedap::server
