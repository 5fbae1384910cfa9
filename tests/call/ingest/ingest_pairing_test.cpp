#include "call/ingest/ingest_pairing.hpp"

#include <gtest/gtest.h>

namespace daedap::call {
namespace {

using base::Millis;
using base::Time;
using media::IngestSource;
using media::Voice;

Time at(std::int64_t ms) { return Time(Millis(1'000'000 + ms)); }

IngestSource source(Voice voice, const char* from, std::uint32_t ssrc = 1) {
  return {voice, *base::Address::parse(from), ssrc};
}

/// A call of which one stream runs.
IngestPlace with(Voice voice, const char* from, std::int64_t began, std::uint32_t ssrc = 1,
                 std::int64_t last = 60'000) {
  IngestPlace place;
  place.sides[static_cast<std::size_t>(voice)] =
      IngestPlace::Side{source(voice, from, ssrc), at(began), at(last)};
  return place;
}

struct Pairing : ::testing::Test {
  std::vector<IngestPlace> places;
  /// The place that a new stream gets; -1 = none. It is asked 60 ms after the stream began.
  int find(const IngestSource& who, std::int64_t began, int line = -1) const {
    IngestPairing pairing({who, at(began), line}, Millis{2000}, std::chrono::seconds{10}, at(began + 60));
    for (std::size_t i = 0; i < places.size(); ++i) pairing.consider(i, places[i]);
    const auto best = pairing.best();
    return best ? static_cast<int>(*best) : -1;
  }
};

TEST(WantedStream, FitsWhatItNamesAndTheMoreTheBetter) {
  const IngestSource s = source(Voice::agent, "10.0.0.5:4000", 7);
  const auto fits = [&](const char* from, std::optional<std::uint32_t> ssrc) {
    WantedStream w;
    if (*from) w.from = *base::Address::parse_ip("10.0.0.5");
    if (*from == 'p') w.from->port = 4000;
    if (*from == 'q') w.from->port = 4001;
    w.ssrc = ssrc;
    return w.fits(s);
  };
  EXPECT_EQ(fits("", {}), 0);
  EXPECT_EQ(fits("", 8), 0);
  EXPECT_EQ(fits("q", {}), 0);
  EXPECT_EQ(fits("p", 8), 0);
  EXPECT_LT(fits("i", {}), fits("p", {}));
  EXPECT_LT(fits("p", {}), fits("", 7));
  EXPECT_LT(fits("", 7), fits("i", 7));
  EXPECT_LT(fits("i", 7), fits("p", 7));
}

TEST_F(Pairing, StreamOfOtherVoiceThatBeganNearbyIsTheSameCall) {
  places = {with(Voice::customer, "10.0.0.1:4000", 0)};
  EXPECT_EQ(find(source(Voice::agent, "10.0.0.2:5000"), 1500), 0);
  EXPECT_EQ(find(source(Voice::agent, "10.0.0.2:5000"), 2500), -1);
  EXPECT_EQ(find(source(Voice::customer, "10.0.0.3:5000"), 100), -1);
}

TEST_F(Pairing, SameAddressIsTheSameCallHoweverLate) {
  places = {with(Voice::customer, "10.0.0.1:4000", 0)};
  EXPECT_EQ(find(source(Voice::agent, "10.0.0.1:4002"), 30'000), 0);
}

TEST_F(Pairing, LateStreamJoinsNobodyWhenTwoCallsOfItsAddressWait) {
  places = {with(Voice::customer, "10.0.0.1:4000", 0), with(Voice::customer, "10.0.0.1:4002", 10'000)};
  EXPECT_EQ(find(source(Voice::agent, "10.0.0.1:4004"), 30'000), -1);
  EXPECT_EQ(find(source(Voice::agent, "10.0.0.1:4004"), 10'100), 1);
}

TEST_F(Pairing, NearerAddressCountsBeforeNearerTime) {
  places = {with(Voice::customer, "10.0.0.2:4000", 0), with(Voice::customer, "10.0.0.1:4000", 800),
            with(Voice::customer, "10.0.0.1:4002", 1000)};
  EXPECT_EQ(find(source(Voice::agent, "10.0.0.2:9"), 1000), 0);
  EXPECT_EQ(find(source(Voice::agent, "10.0.0.1:4000"), 1000), 1);
  EXPECT_EQ(find(source(Voice::agent, "10.0.0.1:9"), 1010), 2);
  EXPECT_EQ(find(source(Voice::agent, "10.0.0.9:9"), 810), 1);
}

TEST_F(Pairing, FullCallTakesNobody) {
  places = {with(Voice::customer, "10.0.0.1:4000", 0)};
  places[0].sides[1] = IngestPlace::Side{source(Voice::agent, "10.0.0.1:4002"), at(0), at(60'000)};
  EXPECT_EQ(find(source(Voice::agent, "10.0.0.1:4004"), 60'000), -1);
  places[0].sides[1]->last = at(1000);  // long silent: another agent may take over
  EXPECT_EQ(find(source(Voice::agent, "10.0.0.1:4004"), 60'000), 0);
}

TEST_F(Pairing, RestartOfASenderStaysInItsCall) {
  places = {with(Voice::customer, "10.0.0.1:4000", 0, 1, 59'900),
            with(Voice::customer, "10.0.0.1:4000", 0, 2, 60'060)};
  EXPECT_EQ(find(source(Voice::customer, "10.0.0.1:4000", 3), 60'000), 0);
  EXPECT_EQ(find(source(Voice::customer, "10.0.0.1:4001", 3), 60'000), -1);
  EXPECT_EQ(find(source(Voice::customer, "10.0.0.1:4000", 3), 60'300), 1);
  EXPECT_EQ(find(source(Voice::customer, "10.0.0.1:4000", 3), 60'320), -1);
  places[0].sides[0]->last = at(59'500);
  EXPECT_EQ(find(source(Voice::customer, "10.0.0.1:4000", 3), 59'800), -1);
}

TEST_F(Pairing, OrderThatNamesTheStreamComesFirst) {
  places = {with(Voice::customer, "10.0.0.1:4000", 0), IngestPlace{}, IngestPlace{}};
  places[1].ordered = places[2].ordered = at(0);
  places[1].wanted[1] = WantedStream{.from = *base::Address::parse_ip("10.0.0.1"), .ssrc = {}};
  places[2].wanted[1] = WantedStream{.from = {}, .ssrc = 44};
  EXPECT_EQ(find(source(Voice::agent, "10.0.0.1:4002", 1), 100), 1);
  EXPECT_EQ(find(source(Voice::agent, "10.0.0.1:4002", 44), 100), 2);
  EXPECT_EQ(find(source(Voice::agent, "10.0.0.2:4002", 1), 100), 0);
}

TEST_F(Pairing, OrderThatNamesAnotherStreamIsLeftAlone) {
  places = {with(Voice::customer, "10.0.0.1:4000", 0)};
  places[0].ordered = at(0);
  places[0].wanted[1] = WantedStream{.from = {}, .ssrc = 44};
  EXPECT_EQ(find(source(Voice::agent, "10.0.0.1:4000", 1), 100), -1);
}

TEST_F(Pairing, OrdersWithoutStreamsAreClaimedTheOldestFirst) {
  places = {IngestPlace{}, IngestPlace{}, IngestPlace{}};
  places[0].ordered = at(20), places[1].ordered = at(10), places[2].ordered = at(0);
  places[2].wanted[0] = WantedStream{.from = {}, .ssrc = 44};
  EXPECT_EQ(find(source(Voice::agent, "10.0.0.1:4000"), 100), 1);
  // A half call is completed before an order is begun.
  places.push_back(with(Voice::customer, "10.0.0.9:1", 0));
  EXPECT_EQ(find(source(Voice::agent, "10.0.0.1:4000"), 100), 3);
}

TEST_F(Pairing, CallsOfOtherLinesAreLeftAlone) {
  places = {with(Voice::customer, "10.0.0.1:4000", 0), with(Voice::customer, "10.0.0.2:4000", 0)};
  places[0].line = 0;
  places[1].line = 1;
  EXPECT_EQ(find(source(Voice::agent, "10.0.0.3:4000"), 100, 1), 1);
  EXPECT_EQ(find(source(Voice::agent, "10.0.0.3:4000"), 100, 2), -1);
  EXPECT_EQ(find(source(Voice::agent, "10.0.0.2:4000"), 100), 1);
}

}  // namespace
}  // namespace daedap::call
