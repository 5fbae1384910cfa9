#pragma once

#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "call/ear.hpp"
#include "call/test_caller/script.hpp"
#include "media/leg.hpp"
#include "media/port_range.hpp"
#include "sip/endpoint.hpp"

namespace daedap::call {

/// A call to be placed.
struct TestPlan {
  std::string target;                    // request URI
  std::string from = "<sip:test@invalid>";
  std::string user, password;            // for a challenge; empty = none
  sip::Flow flow;                        // where the INVITE goes
  base::Address advertised_media;        // IP that our SDP carries
  std::vector<std::string> codecs{"PCMU", "PCMA"};
  sdp::SrtpPolicy srtp = sdp::SrtpPolicy::off;
  std::vector<Step> steps;
  base::Millis no_answer{60'000};
  base::Millis max_duration{300'000};    // from the answer
  bool offer_in_invite = true;
  bool send_media = true;                // false: never sends a packet (RTP nor RTCP)
  double echo = 0;                       // share of what is heard that goes back when we are silent
  bool hang_up_at_end = true;            // when the steps are done
};

/// What came of it.
struct TestReport {
  bool answered = false;
  int code = 0;                          // final SIP status
  std::optional<std::int64_t> ringing_ms, setup_ms;
  std::int64_t duration_ms = 0;
  std::vector<TestTurn> turns;
  media::LegStats media;
  std::vector<std::int16_t> heard;       // 16 kHz, at most 30 minutes
  std::string cause;                     // "completed", "peer_hung_up", "rejected", "no_answer", ...
  std::optional<int> retry_after;
  std::string srtp;                      // suite of the last agreement; empty = plain RTP
};

/// A SIP user agent that places one call, plays a script and measures the answers. Its own endpoint
/// and media leg; knows no socket and no clock. Used by `daedap call` and by simulated phones.
/// in      bytes, 20 ms ticks, time
/// out     take_output (bytes to send), report
/// thread  one
class TestCaller final : public audio::FrameSink {
 public:
  struct Surroundings {
    media::PortRange& ports;
    base::UdpOpener& udp;
    base::Random& random;
  };
  TestCaller(TestPlan plan, sip::EndpointSettings sip, Surroundings around);
  ~TestCaller() override;

  /// Sends the INVITE. errors  no_port
  base::Result<void> start(base::Time now);
  void on_message(std::string_view bytes, const sip::Flow& flow, base::Time now);
  void on_flow_failed(const sip::Flow& flow, base::Time now);
  /// Every 20 ms.
  void on_tick(base::Time now);
  /// SIP timers.
  void on_time(base::Time now);
  base::Time deadline() const;
  std::optional<sip::Send> take_output();
  void on_frame(const audio::Frame& frame, const audio::FrameInfo& info) override;

  void hang_up(base::Time now);
  void cancel(base::Time now);
  void add(Step step) { script_.add(std::move(step)); }
  void send_info(const std::string& content_type, const std::string& body, base::Time now);
  /// re-INVITE with this codec order, on a new port or the old one. errors  bad_state, no_port
  base::Result<void> reoffer(const std::vector<std::string>& codecs, bool new_port, base::Time now);
  /// re-INVITE that holds or resumes the call. errors  bad_state
  base::Result<void> hold(bool on, base::Time now);

  bool answered() const { return report_.answered; }
  /// The call is over, and the other side knows it or had two seconds to.
  bool over(base::Time now) const;
  bool ended() const { return ended_.has_value(); }
  /// Complete once `over`.
  const TestReport& report() const { return report_; }
  const Ear& ear() const { return ear_; }
  const std::vector<TestTurn>& turns() const { return script_.turns(); }
  std::uint16_t local_port() const;
  std::size_t transactions() const;
  /// Names our dialog in a Replaces header, as a third party would.
  std::string replaces() const { return session_ ? sip_.replaces_of(*session_) : ""; }
  /// Offers of the other side within the call.
  int reinvites() const { return reinvites_; }

 private:
  void on(sip::ProgressIn& in, base::Time now);
  void on(sip::AcceptedIn& in, base::Time now);
  void on(sip::RejectedIn& in, base::Time now);
  void on(sip::OfferIn& in, base::Time now);
  void on(sip::ByeIn& in, base::Time now);
  void on(sip::LostIn& in, base::Time now);
  /// What a caller is not asked or need not act on.
  template <typename Other>
  void on(Other&, base::Time) {}
  void drain(base::Time now);
  base::Result<void> open_leg(std::unique_ptr<media::Leg>& leg, base::Time now);
  sdp::LocalMedia describe(const media::Leg& leg);
  void send_echo(const audio::Frame& frame);
  void on_reoffer_accepted(const std::string& answer, base::Time now);
  void use(const sdp::Negotiated& media, base::Time now);
  void end(const char* cause, base::Time now);

  // given
  TestPlan plan_;
  Surroundings around_;
  // owned
  sip::Endpoint sip_;
  std::unique_ptr<media::Leg> leg_, next_leg_;  // next: offered, not yet agreed on
  Script script_;
  Ear ear_;
  std::deque<sip::Send> outbox_;  // drained after each input
  // state
  TestReport report_;
  std::optional<sip::SessionId> session_;
  std::optional<base::Time> answered_at_, ended_;
  std::optional<sdp::LocalMedia> offered_;
  std::vector<std::string> codecs_;
  std::vector<sdp::CryptoKey> crypto_;
  bool secure_profile_ = false;
  sdp::Direction direction_ = sdp::Direction::sendrecv;
  std::uint64_t version_ = 0;
  base::Time started_{};
  unsigned ticks_ = 0;
  int reinvites_ = 0;
};

}  // namespace daedap::call
