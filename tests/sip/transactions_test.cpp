#include <gtest/gtest.h>

#include "sip/invite_client.hpp"
#include "sip/invite_server.hpp"
#include "sip/non_invite_client.hpp"
#include "sip/non_invite_server.hpp"

namespace daedap::sip {
namespace {

using base::Millis;
using base::Time;

constexpr Time start{std::chrono::seconds(100)};

Message response_of(int status) {
  Message m;
  m.status = status;
  m.reason = "x";
  return m;
}

/// Runs a machine to its end; gives the milliseconds since the start of each act of interest.
template <typename Machine, typename Act>
std::vector<long> times_of(Machine& machine, Act wanted, Time until = start + Millis(400'000)) {
  std::vector<long> out;
  while (machine.deadline() <= until) {
    const Time now = machine.deadline();
    if (machine.on_time(now) == wanted) out.push_back(base::to_ms(now - start));
  }
  return out;
}

using Times = std::vector<long>;

// ---- the 2xx core, RFC 3261 §13.3.1.4 ---------------------------------------------------------

TEST(OkResender, DoublesFromT1ToT2AndGivesUpAfter64T1) {
  OkResender ok(start);
  EXPECT_EQ(times_of(ok, OkResender::Act::resend),
            (Times{500, 1500, 3500, 7500, 11500, 15500, 19500, 23500, 27500, 31500}));
  OkResender lost(start);
  EXPECT_EQ(times_of(lost, OkResender::Act::hang_up), (Times{32000}));
}

TEST(OkResender, StopsAtTheAck) {
  OkResender ok(start);
  ok.on_ack();
  EXPECT_TRUE(ok.acked());
  EXPECT_EQ(ok.deadline(), base::never);
}

// ---- INVITE server, RFC 3261 §17.2.1, RFC 6026 §7.1 -------------------------------------------

TEST(InviteServer, TimerGResendsAFailureAndTimerHGivesUp) {
  InviteServer tx(false);
  tx.reject(response_of(486), start);
  InviteServer copy = tx;
  EXPECT_EQ(times_of(tx, InviteServer::Act::resend),
            (Times{500, 1500, 3500, 7500, 11500, 15500, 19500, 23500, 27500, 31500}));
  EXPECT_EQ(times_of(copy, InviteServer::Act::no_ack), (Times{32000}));
  EXPECT_EQ(copy.state(), InviteServer::State::terminated);
}

TEST(InviteServer, ReliableTransportHasNoTimerGAndKeepsTimerH) {
  InviteServer tx(true);
  tx.reject(response_of(486), start);
  EXPECT_EQ(tx.deadline(), start + timers::transaction);
  EXPECT_EQ(tx.on_time(tx.deadline()), InviteServer::Act::no_ack);
}

TEST(InviteServer, TimerIAbsorbsAcksForT4OverUdp) {
  InviteServer tx(false);
  tx.reject(response_of(486), start);
  EXPECT_EQ(tx.on_ack(start + Millis(100)), InviteServer::Act::none);
  EXPECT_EQ(tx.state(), InviteServer::State::confirmed);
  EXPECT_EQ(tx.on_ack(start + Millis(200)), InviteServer::Act::none);
  EXPECT_EQ(tx.on_invite(), InviteServer::Act::none);
  EXPECT_EQ(times_of(tx, InviteServer::Act::ended), (Times{5100}));
}

TEST(InviteServer, TimerIIsZeroOverReliableTransport) {
  InviteServer tx(true);
  tx.reject(response_of(486), start);
  EXPECT_EQ(tx.on_ack(start), InviteServer::Act::ended);
  EXPECT_EQ(tx.deadline(), base::never);
}

TEST(InviteServer, AnswersARetransmissionWithTheLastProvisional) {
  InviteServer tx(false);
  EXPECT_EQ(tx.on_invite(), InviteServer::Act::none);
  tx.provisional(response_of(100));
  tx.provisional(response_of(180));
  EXPECT_EQ(tx.on_invite(), InviteServer::Act::resend);
  EXPECT_NE(tx.response().find("180"), std::string::npos);
  EXPECT_EQ(tx.deadline(), base::never) << "Proceeding has no timer";
}

TEST(InviteServer, AcceptedResendsTheOkUntilItsAckThenWaitsForTimerL) {
  InviteServer tx(false);
  tx.accept(response_of(200), start);
  EXPECT_EQ(tx.on_invite(), InviteServer::Act::resend);
  EXPECT_EQ(tx.on_time(start + Millis(500)), InviteServer::Act::resend);
  tx.on_ok_acked();
  EXPECT_EQ(tx.on_invite(), InviteServer::Act::none);
  EXPECT_EQ(times_of(tx, InviteServer::Act::ended), (Times{32000}));
}

TEST(InviteServer, AcceptedWithoutAckIsReportedAt64T1AlsoOverTcp) {
  InviteServer tx(true);
  tx.accept(response_of(200), start);
  EXPECT_EQ(times_of(tx, InviteServer::Act::no_ack), (Times{32000}));
  EXPECT_EQ(tx.state(), InviteServer::State::terminated);
}

TEST(InviteServer, ProvisionalAfterTheFinalResponseChangesNothing) {
  InviteServer tx(false);
  tx.reject(response_of(486), start);
  tx.provisional(response_of(180));
  EXPECT_NE(tx.response().find("486"), std::string::npos);
}

// ---- INVITE client, RFC 3261 §17.1.1, RFC 6026 §7.2 -------------------------------------------

TEST(InviteClient, TimerADoublesWithoutLimitAndTimerBEndsIt) {
  InviteClient tx(false, start);
  InviteClient copy = tx;
  EXPECT_EQ(times_of(tx, InviteClient::Act::resend), (Times{500, 1500, 3500, 7500, 15500, 31500}));
  EXPECT_EQ(times_of(copy, InviteClient::Act::timed_out), (Times{32000}));
}

TEST(InviteClient, ReliableTransportHasTimerBOnly) {
  InviteClient tx(true, start);
  EXPECT_EQ(tx.deadline(), start + Millis(32000));
  EXPECT_EQ(tx.on_time(tx.deadline()), InviteClient::Act::timed_out);
}

TEST(InviteClient, ProvisionalStopsRetransmissionAndAllowsCancel) {
  InviteClient tx(false, start);
  EXPECT_FALSE(tx.may_cancel());
  EXPECT_EQ(tx.on_response(100, start + Millis(10)), InviteClient::Act::pass);
  EXPECT_TRUE(tx.may_cancel());
  EXPECT_EQ(times_of(tx, InviteClient::Act::stalled), (Times{185'010}));
}

TEST(InviteClient, TimerDAcknowledgesRepeatedFailuresFor32Seconds) {
  InviteClient tx(false, start);
  EXPECT_EQ(tx.on_response(486, start), InviteClient::Act::pass_and_ack);
  EXPECT_EQ(tx.on_response(486, start + Millis(500)), InviteClient::Act::ack);
  EXPECT_EQ(tx.on_response(180, start + Millis(600)), InviteClient::Act::none);
  EXPECT_EQ(times_of(tx, InviteClient::Act::ended), (Times{32000}));
}

TEST(InviteClient, TimerDIsZeroOverReliableTransport) {
  InviteClient tx(true, start);
  EXPECT_EQ(tx.on_response(404, start), InviteClient::Act::pass_and_ack);
  EXPECT_EQ(tx.state(), InviteClient::State::terminated);
  EXPECT_EQ(tx.deadline(), base::never);
}

TEST(InviteClient, AcceptedPassesEach2xxUntilTimerM) {
  for (bool reliable : {false, true}) {
    InviteClient tx(reliable, start);
    EXPECT_EQ(tx.on_response(200, start), InviteClient::Act::pass);
    EXPECT_EQ(tx.on_response(200, start + Millis(500)), InviteClient::Act::pass);
    EXPECT_EQ(tx.on_response(180, start + Millis(600)), InviteClient::Act::none);
    EXPECT_EQ(tx.on_response(486, start + Millis(700)), InviteClient::Act::none);
    EXPECT_EQ(times_of(tx, InviteClient::Act::ended), (Times{32000}));
  }
}

// ---- non-INVITE server, RFC 3261 §17.2.2 ------------------------------------------------------

TEST(NonInviteServer, TimerJRepeatsTheAnswerFor64T1) {
  NonInviteServer tx(false);
  EXPECT_EQ(tx.on_request(), NonInviteServer::Act::none);
  EXPECT_FALSE(tx.respond(response_of(200), start).empty());
  EXPECT_EQ(tx.on_request(), NonInviteServer::Act::resend);
  EXPECT_TRUE(tx.respond(response_of(500), start).empty()) << "one final response only";
  EXPECT_EQ(times_of(tx, NonInviteServer::Act::ended), (Times{32000}));
}

TEST(NonInviteServer, TimerJIsZeroOverReliableTransport) {
  NonInviteServer tx(true);
  tx.respond(response_of(200), start);
  EXPECT_EQ(tx.state(), NonInviteServer::State::terminated);
  EXPECT_EQ(tx.deadline(), base::never);
}

TEST(NonInviteServer, RepeatsAProvisionalToo) {
  NonInviteServer tx(false);
  tx.respond(response_of(100), start);
  EXPECT_EQ(tx.state(), NonInviteServer::State::proceeding);
  EXPECT_EQ(tx.on_request(), NonInviteServer::Act::resend);
}

// ---- non-INVITE client, RFC 3261 §17.1.2 ------------------------------------------------------

TEST(NonInviteClient, TimerEDoublesToT2AndTimerFEndsIt) {
  NonInviteClient tx(false, start);
  NonInviteClient copy = tx;
  EXPECT_EQ(times_of(tx, NonInviteClient::Act::resend),
            (Times{500, 1500, 3500, 7500, 11500, 15500, 19500, 23500, 27500, 31500}));
  EXPECT_EQ(times_of(copy, NonInviteClient::Act::timed_out), (Times{32000}));
}

TEST(NonInviteClient, RetransmitsEveryT2AfterAProvisional) {
  NonInviteClient tx(false, start);
  EXPECT_EQ(tx.on_response(100, start + Millis(100)), NonInviteClient::Act::pass);
  EXPECT_EQ(times_of(tx, NonInviteClient::Act::resend),
            (Times{500, 4500, 8500, 12500, 16500, 20500, 24500, 28500}));
}

TEST(NonInviteClient, ReliableTransportHasTimerFOnly) {
  NonInviteClient tx(true, start);
  EXPECT_EQ(tx.deadline(), start + Millis(32000));
  EXPECT_EQ(tx.on_time(tx.deadline()), NonInviteClient::Act::timed_out);
}

TEST(NonInviteClient, TimerKAbsorbsRepeatsForT4OverUdpOnly) {
  NonInviteClient tx(false, start);
  EXPECT_EQ(tx.on_response(200, start), NonInviteClient::Act::pass);
  EXPECT_EQ(tx.on_response(200, start + Millis(10)), NonInviteClient::Act::none);
  EXPECT_EQ(times_of(tx, NonInviteClient::Act::ended), (Times{5000}));
  NonInviteClient stream(true, start);
  stream.on_response(200, start);
  EXPECT_EQ(stream.state(), NonInviteClient::State::terminated);
}

}  // namespace
}  // namespace daedap::sip
