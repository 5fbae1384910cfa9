#include "server/doctor/surroundings.hpp"

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include "net/socket_address.hpp"

namespace daedap::server {
namespace {

using State = Finding::State;

base::Address ip(const char* text) { return *base::Address::parse_ip(text); }

TEST(AddressFinding, LoopbackIsEnoughOnlyWithoutAProvider) {
  EXPECT_EQ(address_finding("sip address", ip("127.0.0.1"), {ip("127.0.0.1")}, false).state, State::warning);
  EXPECT_EQ(address_finding("sip address", ip("127.0.0.1"), {ip("127.0.0.1")}, true).state, State::problem);
}

TEST(AddressFinding, TellsOwnPrivateAndForeignAddressesApart) {
  const std::vector<base::Address> own{ip("127.0.0.1"), ip("192.168.0.5"), ip("203.0.113.5")};
  EXPECT_EQ(address_finding("sip address", ip("203.0.113.5"), own, true).state, State::ok);
  EXPECT_EQ(address_finding("sip address", ip("192.168.0.5"), own, false).state, State::ok);
  EXPECT_EQ(address_finding("sip address", ip("192.168.0.5"), own, true).state, State::warning);
  EXPECT_EQ(address_finding("sip address", ip("203.0.113.9"), own, true).state, State::warning);
  const Finding wrong = address_finding("media address", ip("10.0.0.9"), own, false);
  EXPECT_EQ(wrong.state, State::problem);
  EXPECT_NE(wrong.advice.find("media.advertised"), std::string::npos);
}

TEST(Addresses, PrivateRangesEndWhereTheyEnd) {
  for (const char* yes :
       {"10.0.0.1", "172.16.0.1", "172.31.255.1", "192.168.1.1", "100.64.0.1", "100.127.0.1", "fd00::1"})
    EXPECT_TRUE(is_private(ip(yes))) << yes;
  for (const char* no :
       {"11.0.0.1", "172.15.0.1", "172.32.0.1", "192.169.0.1", "100.63.0.1", "100.128.0.1", "2001:db8::1"})
    EXPECT_FALSE(is_private(ip(no))) << no;
  EXPECT_TRUE(is_loopback(ip("127.1.2.3")));
  EXPECT_TRUE(is_loopback(ip("::1")));
  EXPECT_FALSE(is_loopback(ip("128.0.0.1")));
}

TEST(RtpFindings, NarrowRangeAndFullOneAreTold) {
  Config c;
  c.media.first_port = 10'000, c.media.last_port = 10'999;
  EXPECT_EQ(rtp_findings(c, 0).at(0).state, State::ok);
  EXPECT_EQ(rtp_findings(c, 300).at(0).state, State::problem);
  c.media.last_port = 10'099;
  EXPECT_EQ(rtp_findings(c, 0).at(0).state, State::warning);
  c.sip.port = 10'050;
  EXPECT_EQ(rtp_findings(c, 0).at(1).state, State::problem);
}

TEST(DiskFinding, WarnsBeforeItIsFull) {
  EXPECT_EQ(disk_finding(100'000'000).state, State::problem);
  EXPECT_EQ(disk_finding(1'000'000'000).state, State::warning);
  EXPECT_EQ(disk_finding(50'000'000'000).state, State::ok);
}

TEST(ClockFinding, ClockThatWasSetBackIsAProblem) {
  const auto now = std::chrono::system_clock::time_point(std::chrono::seconds{1'800'000'000});
  EXPECT_EQ(clock_finding(now, 1'799'999'000'000, true).state, State::ok);
  EXPECT_EQ(clock_finding(now, 0, false).state, State::warning);
  EXPECT_EQ(clock_finding(now, 1'800'000'200'000, true).state, State::problem);
  EXPECT_EQ(clock_finding(std::chrono::system_clock::time_point{}, 0, true).state, State::problem);
}

/// A UDP socket on a free loopback port.
class HeldPort {
 public:
  HeldPort() : fd_(::socket(AF_INET, SOCK_DGRAM, 0)) {
    sockaddr_storage local{};
    const socklen_t length = net::to_system(ip("127.0.0.1"), local);
    EXPECT_EQ(::bind(fd_, reinterpret_cast<sockaddr*>(&local), length), 0);
    socklen_t size = sizeof local;
    ::getsockname(fd_, reinterpret_cast<sockaddr*>(&local), &size);
    port = net::from_system(local).port;
  }
  ~HeldPort() { ::close(fd_); }
  std::uint16_t port = 0;

 private:
  int fd_;
};

TEST(FreePorts, PortThatAnotherProgramHoldsIsNamed) {
  const HeldPort held;
  Config c;
  c.sip.bind = "127.0.0.1", c.sip.port = held.port, c.sip.tcp = false;
  c.http.port = 0;
  const Findings f = free_port_findings(c);
  ASSERT_FALSE(f.empty());
  EXPECT_EQ(f[0].item, "sip udp port");
  EXPECT_EQ(f[0].state, State::problem);
  EXPECT_NE(f[0].advice.find("another program"), std::string::npos);
}

TEST(FreePorts, AddressThatIsNotOursIsNamed) {
  Config c;
  c.sip.bind = "192.0.2.77", c.sip.port = 5060, c.sip.tcp = false;
  c.http.port = 0;
  EXPECT_NE(free_port_findings(c).at(0).advice.find("bind address"), std::string::npos);
}

TEST(SipAnswer, SilenceIsAProblem) {
  std::uint16_t port = 0;
  { port = HeldPort().port; }  // nobody is there any more: refused at once
  Config c;
  c.sip.bind = "127.0.0.1";
  for (const Finding& f : sip_answer_findings(c, port)) EXPECT_EQ(f.state, State::problem) << f.item;
}

}  // namespace
}  // namespace daedap::server
