#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "audio/frame.hpp"
#include "base/alive.hpp"
#include "media/leg.hpp"
#include "media/port_range.hpp"
#include "sdp/offer_answer.hpp"
#include "sim/network.hpp"
#include "sip/endpoint.hpp"

namespace daedap::sim {

/// An operator's telephone on the simulated network: is rung, answers or not, plays a tone, keeps what
/// it hears, holds, transfers, hangs up. One call at a time; a second one finds it busy.
class DeskPhone final : public audio::FrameSink {
 public:
  struct Settings {
    std::string ip = "198.51.100.201";
    std::uint16_t sip_port = 5060;
    base::Millis ring_after{20};
    std::optional<base::Millis> answer_after = base::Millis{500};  // of the INVITE; none = rings on
    int reject = 0;                          // instead of ringing
    std::vector<std::string> codecs{"PCMU", "PCMA"};
    double hz = 700;                         // what it plays; 0 = silence
    bool early_media = false;                // plays while it rings
    sdp::SrtpPolicy srtp = sdp::SrtpPolicy::off;
    std::string profile{};                   // "RTP/SAVP": an offer of another one gets 488; empty = any
    bool over_tls = false;                   // how it is registered
  };
  DeskPhone(World& world, Network& network, Settings settings, std::uint64_t seed);
  ~DeskPhone() override;

  std::string contact() const { return "sip:desk@" + address_.text(); }
  base::Address address() const { return address_; }
  sip::Flow flow() const {
    return {.transport = settings_.over_tls ? sip::Transport::tls : sip::Transport::udp, .remote = address_};
  }

  void answer();
  void hang_up();
  void hold(bool on);
  void refer(const std::string& target, const std::string& replaces = {});
  std::string replaces() const { return session_ ? sip_->replaces_of(*session_) : ""; }
  void send_info(char digit);
  /// Plays this instead of its tone, once; 16 kHz.
  void say(std::vector<std::int16_t> pcm) { saying_ = std::move(pcm), said_ = 0; }
  /// Forgets what was heard so far.
  void clear() { heard_.clear(); }

  int invites() const { return invites_; }
  int cancels() const { return cancels_; }
  bool talking() const { return talking_; }
  bool over() const { return over_; }
  const std::string& offer() const { return offer_; }
  /// Each offer within the call.
  const std::vector<std::string>& reoffers() const { return reoffers_; }
  const sdp::Negotiated* agreed() const { return agreed_ ? &*agreed_ : nullptr; }
  const sip::Message& invite() const { return invite_; }
  const std::vector<std::int16_t>& heard() const { return heard_; }
  const std::vector<char>& digits() const { return digits_; }
  const std::vector<int>& refer_status() const { return refer_status_; }
  sdp::Direction direction() const { return agreed_ ? agreed_->direction : sdp::Direction::inactive; }
  media::LegStats stats() const { return leg_ ? leg_->stats() : media::LegStats{}; }

  void on_frame(const audio::Frame& frame, const audio::FrameInfo& info) override;

 private:
  void on_datagram(std::span<const std::uint8_t> bytes, const base::Address& from, base::Time now);
  void tick();
  void pump();
  void on(sip::InviteIn& in);
  void on(sip::CancelIn& in);
  void on(sip::OfferIn& in);
  void on(sip::AcceptedIn& in);
  void on(sip::ByeIn& in);
  void on(sip::LostIn& in);
  void on(sip::InfoIn& in);
  void on(sip::ReferStatusIn& in) { refer_status_.push_back(in.status); }
  template <typename Other>
  void on(Other&) {}
  bool open_media();
  sdp::LocalMedia describe();
  void use(const sdp::Negotiated& media);
  void end();

  // given
  World& world_;
  Network& network_;
  Settings settings_;
  // owned
  base::Address address_;
  base::Random random_;
  std::unique_ptr<media::PortRange> ports_;
  std::unique_ptr<sip::Endpoint> sip_;
  std::unique_ptr<media::Leg> leg_;
  std::unique_ptr<base::UdpSocket> socket_;
  // state
  std::optional<sip::SessionId> session_;
  std::optional<sdp::Negotiated> agreed_;
  sdp::LocalMedia offered_;
  sip::Message invite_;
  std::string offer_, answer_;
  std::vector<std::string> reoffers_;
  std::vector<sdp::CryptoKey> crypto_;
  std::vector<std::int16_t> heard_, saying_;
  std::size_t said_ = 0;  // of `saying_`
  std::vector<char> digits_;
  std::vector<int> refer_status_;
  sdp::Direction wanted_ = sdp::Direction::sendrecv;
  std::uint64_t version_ = 0;
  std::int64_t played_ = 0;
  int invites_ = 0, cancels_ = 0;
  unsigned ticks_ = 0;
  bool ringing_ = false, talking_ = false, over_ = false;
  base::Alive alive_;
};

}  // namespace daedap::sim
