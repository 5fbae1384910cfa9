#include "media/rtp_port.hpp"

#include <gtest/gtest.h>

#include "media/fakes.hpp"
#include "rtp/rtcp.hpp"

namespace daedap::media {
namespace {

using namespace testing;

struct RtpPortTest : ::testing::Test {
  RtpPortTest() {
    const auto opened = port->open(
        net, [this](const rtp::PacketView& p, Time) { types.push_back(p.header.payload_type); },
        [this](auto bytes, Time) { rtcp_sizes.push_back(bytes.size()); }, at(0));
    EXPECT_TRUE(opened);
    known.set(0);
  }
  static Bytes report() {
    Bytes out(200);
    out.resize(rtp::write(rtp::Report{.ssrc = 5, .cname = "peer"}, out));
    return out;
  }
  FakeNet net;
  PortRange range{addr("127.0.0.1:0"), 20000, 20003};
  std::optional<RtpPort> port{range};
  PayloadTypes known;
  std::vector<int> types;
  std::vector<std::size_t> rtcp_sizes;
  Peer peer;
};

TEST_F(RtpPortTest, LetsNothingInBeforeItIsConfigured) {
  for (int i = 0; i < 20; ++i) net.deliver(20000, peer.packet(), peer.from, at(i));
  net.deliver(20001, report(), peer.from, at(30));
  EXPECT_TRUE(types.empty());
  EXPECT_TRUE(rtcp_sizes.empty());
  EXPECT_EQ(port->bad(), 21u);
  EXPECT_FALSE(port->send(peer.packet()));
}

TEST_F(RtpPortTest, CountsUnknownPayloadTypesAndNonsenseAsBad) {
  port->configure(negotiated(), known);
  net.deliver(20000, peer.raw(97, Bytes(10)), peer.from, at(0));
  net.deliver(20000, Bytes{1, 2, 3}, peer.from, at(0));
  net.deliver(20000, {}, peer.from, at(0));
  net.deliver(20001, peer.packet(), peer.from, at(0));
  EXPECT_EQ(port->bad(), 4u);
  net.deliver(20000, peer.packet(), peer.from, at(0));
  EXPECT_EQ(types, std::vector<int>{0});
}

TEST_F(RtpPortTest, SendsBackToWhereThePeerReallyIs) {
  port->configure(negotiated(), known);
  const Bytes packet = peer.packet();
  port->send(packet);
  EXPECT_EQ(net.sent.back().to, addr("192.0.2.10:4000"));
  net.deliver(20000, peer.packet(), addr("192.0.2.10:6000"), at(0));
  port->send(packet);
  EXPECT_EQ(net.sent.back().to, addr("192.0.2.10:6000"));
  EXPECT_EQ(net.sent.back().from, 20000);
  port->send_rtcp(report());
  EXPECT_EQ(net.sent.back().to, addr("192.0.2.10:6001"));
  EXPECT_EQ(net.sent.back().from, 20001);
}

TEST_F(RtpPortTest, SendsRtcpToTheSignalledAddressUntilItHearsOtherwise) {
  port->configure(negotiated(), known);
  port->send_rtcp(report());
  EXPECT_EQ(net.sent.back().to, addr("192.0.2.10:4001"));
  net.deliver(20001, report(), addr("192.0.2.10:9999"), at(0));
  port->send_rtcp(report());
  EXPECT_EQ(net.sent.back().to, addr("192.0.2.10:9999"));
  EXPECT_EQ(rtcp_sizes.size(), 1u);
}

TEST_F(RtpPortTest, TakesRtcpFromThePeerOnly) {
  port->configure(negotiated(), known);
  net.deliver(20001, report(), addr("203.0.113.66:4001"), at(0));
  EXPECT_TRUE(rtcp_sizes.empty());
  EXPECT_EQ(port->bad(), 1u);
}

TEST_F(RtpPortTest, MultiplexesWhenThatWasAgreed) {
  auto media = negotiated();
  media.rtcp_mux = true;
  port->configure(media, known);
  net.deliver(20000, report(), peer.from, at(0));
  EXPECT_EQ(rtcp_sizes.size(), 1u);
  EXPECT_TRUE(types.empty());
  port->send_rtcp(report());
  EXPECT_EQ(net.sent.back().to, addr("192.0.2.10:4000"));
  EXPECT_EQ(net.sent.back().from, 20000);
}

TEST_F(RtpPortTest, CountsWhatTheSystemRefused) {
  port->configure(negotiated(), known);
  net.refuse = true;
  EXPECT_FALSE(port->send(peer.packet()));
  EXPECT_EQ(port->send_failures(), 1u);
}

TEST_F(RtpPortTest, SendsNothingToAnUnspecifiedAddress) {
  port->configure(negotiated("0.0.0.0:4000"), known);
  EXPECT_FALSE(port->send(peer.packet()));
  EXPECT_FALSE(port->send_rtcp(report()));
  EXPECT_EQ(port->send_failures(), 0u);
}

TEST_F(RtpPortTest, ClosesItsSocketsAndLetsThePortRest) {
  port->on_time(at(1000));
  port.reset();
  EXPECT_FALSE(net.is_open(20000));
  EXPECT_FALSE(net.is_open(20001));
  EXPECT_EQ(range.in_use(), 0u);
  const auto nobody = [](auto, const auto&, auto) {};
  EXPECT_EQ(range.open(net, nobody, nobody, at(2000))->port, 20002);
  EXPECT_FALSE(range.open(net, nobody, nobody, at(30'999)));
  EXPECT_TRUE(range.open(net, nobody, nobody, at(31'000)));
}

}  // namespace
}  // namespace daedap::media
