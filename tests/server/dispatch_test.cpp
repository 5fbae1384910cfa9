#include "server/dispatch.hpp"

#include <gtest/gtest.h>

#include <string>

namespace daedap::server {
namespace {

std::string invite(const std::string& call_id, const std::string& from = "caller", const std::string& to = "1001",
                   const std::string& more = "") {
  return "INVITE sip:" + to + "@192.0.2.1 SIP/2.0\r\nVia: SIP/2.0/UDP 192.0.2.9;branch=z9hG4bK1\r\nMax-Forwards: 70\r\n"
         "From: <sip:" + from + "@192.0.2.1>;tag=1\r\nTo: <sip:" + to + "@192.0.2.1>\r\nCall-ID: " + call_id +
         "\r\nCSeq: 1 INVITE\r\n" + more + "Content-Length: 0\r\n\r\n";
}
std::string bye(const std::string& call_id) {
  return "BYE sip:1@192.0.2.1 SIP/2.0\r\nCall-ID: " + call_id + "\r\nCSeq: 2 BYE\r\n\r\n";
}
/// A Call-ID whose hash is that shard of four.
std::string hashed_to(Dispatch& dispatch, std::size_t shard) {
  for (int i = 0;; ++i)
    if (std::string id = "x" + std::to_string(i); dispatch.shard_of(bye(id)) == shard) return id;
}

TEST(Dispatch, OurCallIdsGoHomeAndRegisterGoesToTheFirstShard) {
  Dispatch d(4);
  EXPECT_EQ(d.shard_of(bye("s3-abc")), 3U);
  EXPECT_EQ(d.shard_of("REGISTER sip:192.0.2.1 SIP/2.0\r\nCall-ID: " + hashed_to(d, 2) + "\r\n\r\n"), 0U);
}

TEST(Dispatch, ForeignCallIdsThatLookLikeOursStayInRange) {
  Dispatch d(4);
  for (const char* id : {"s4-abc", "s-abc", "s99999999999999999999-a", "s1", "s1abc-"}) EXPECT_LT(d.shard_of(bye(id)), 4U) << id;
}

TEST(Dispatch, QueuesAreOnTheFirstShardWithAllTheirMessages) {
  Dispatch d(4);
  const std::string id = hashed_to(d, 2);
  d.set_queues({"8000"});
  EXPECT_EQ(d.shard_of(invite(id, "caller", "8000")), 0U);
  EXPECT_EQ(d.shard_of(bye(id)), 0U);
}

TEST(Dispatch, SecondCallOfAnOperatorStandsBesideTheFirst) {
  Dispatch d(4);
  const std::string id = hashed_to(d, 2), later = "y" + hashed_to(d, 2);
  d.on_in_call("1002", 1, true);
  EXPECT_EQ(d.shard_of(invite(id, "1002")), 1U);
  d.on_in_call("1002", 1, false);
  EXPECT_EQ(d.shard_of(bye(id)), 1U) << "a call stays where it began";
  EXPECT_EQ(d.shard_of(invite(later, "1002")), d.shard_of(bye(later)));
}

TEST(Dispatch, InviteThatReplacesADialogFollowsIt) {
  Dispatch d(4);
  const std::string id = hashed_to(d, 2);
  d.set_queues({"8000"});
  EXPECT_EQ(d.shard_of(invite(id, "1003", "1002", "Replaces: s3-77;to-tag=a;from-tag=b\r\n")), 3U);
  EXPECT_EQ(d.shard_of(bye(id)), 3U);
}

TEST(Dispatch, GarbageGoesSomewhere) {
  Dispatch d(3);
  d.set_queues({"8000"});
  for (const std::string text : {"", "\r\n\r\n", "INVITE ", "INVITE x\r\nCall-ID: a", "REGISTER"}) EXPECT_LT(d.shard_of(text), 3U);
}

}  // namespace
}  // namespace daedap::server
