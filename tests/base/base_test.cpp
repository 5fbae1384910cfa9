#include <gtest/gtest.h>

#include <memory>

#include "base/address.hpp"
#include "base/alive.hpp"
#include "base/log.hpp"
#include "base/random.hpp"
#include "base/task.hpp"
#include "base/utf8.hpp"

namespace daedap::base {
namespace {

TEST(Address, ParsesAndPrintsBothFamilies) {
  EXPECT_EQ(Address::parse("192.0.2.1:5060")->text(), "192.0.2.1:5060");
  EXPECT_EQ(Address::parse("[2001:db8::1]:5061")->text(), "[2001:db8::1]:5061");
  EXPECT_EQ(Address::parse_ip("[::1]", 7)->port, 7);
  EXPECT_TRUE(Address::parse_ip("0.0.0.0")->is_any());
}

TEST(Address, RefusesNamesPortsAndRubbish) {
  for (const char* bad : {"", "example.org:5060", "1.2.3.4", "1.2.3.4:", "1.2.3.4:x", "1.2.3.4:70000", "1.2.3.4:5060x", "1.2.3:1", "999.1.1.1:1"})
    EXPECT_FALSE(Address::parse(bad)) << bad;
  EXPECT_FALSE(Address::parse_ip(std::string(1000, '1')));
}

TEST(Address, ComparesIpApartFromPort) {
  const Address a = *Address::parse("10.0.0.1:1"), b = *Address::parse("10.0.0.1:2"), c = *Address::parse("10.0.0.2:1");
  EXPECT_TRUE(a.same_ip(b));
  EXPECT_FALSE(a.same_ip(c));
  EXPECT_NE(a, b);
  EXPECT_EQ(a.with_port(2), b);
}

TEST(Utf8, RoundTripsKoreanAndEmoji) {
  const std::string text = "안녕하세요 😀 a";
  EXPECT_EQ(to_utf8(to_utf32(text)), text);
  EXPECT_EQ(utf8_length(text), 9u);
}

TEST(Utf8, ReplacesEachInvalidByteAndNothingElse) {
  EXPECT_EQ(valid_utf8("a\xff" "b"), "a\xEF\xBF\xBD" "b");
  EXPECT_EQ(valid_utf8("\xC0\xAF"), "\xEF\xBF\xBD\xEF\xBF\xBD");        // overlong
  EXPECT_EQ(valid_utf8("\xED\xA0\x80").find('\xED'), std::string::npos);  // surrogate
  EXPECT_EQ(valid_utf8("\xEC\x95"), "\xEF\xBF\xBD\xEF\xBF\xBD");        // cut in the middle
}

TEST(Utf8, PrefixNeverCutsACharacter) {
  EXPECT_EQ(utf8_prefix("안녕", 5), "안");
  EXPECT_EQ(utf8_prefix("안녕", 6), "안녕");
  EXPECT_EQ(utf8_prefix("안녕", 2), "");
}

TEST(Utf8, SuffixNeverCutsACharacter) {
  EXPECT_EQ(utf8_suffix("안녕", 5), "녕");
  EXPECT_EQ(utf8_suffix("안녕", 6), "안녕");
  EXPECT_EQ(utf8_suffix("안녕", 2), "");
}

TEST(Random, UuidHasVersionAndVariantAndHexTheLengthAskedFor) {
  Random random(seeded(1));
  const std::string id = random.uuid();
  ASSERT_EQ(id.size(), 36u);
  EXPECT_EQ(id[14], '4');
  EXPECT_NE(std::string("89ab").find(id[19]), std::string::npos);
  EXPECT_NE(random.uuid(), id);
  EXPECT_EQ(random.hex(17).size(), 17u);
  EXPECT_EQ(random.hex(1000).size(), 64u);
}

TEST(Random, SeededSourceRepeats) {
  Random a(seeded(7)), b(seeded(7)), c(seeded(8));
  EXPECT_EQ(a.u64(), b.u64());
  EXPECT_NE(a.u64(), c.u64());
}

TEST(Task, HoldsWhatCannotBeCopied) {
  int seen = 0;
  Task task([&seen, n = std::make_unique<int>(3)] { seen = *n; });
  Task moved = std::move(task);
  moved();
  EXPECT_EQ(seen, 3);
  EXPECT_FALSE(Task());
}

TEST(Alive, TokenKnowsWhenItsOwnerIsGone) {
  auto alive = std::make_unique<Alive>();
  const Alive::Token token = alive->token();
  EXPECT_TRUE(static_cast<bool>(token));
  alive.reset();
  EXPECT_FALSE(static_cast<bool>(token));
}

TEST(Mask, KeepsTheEndsOfANumberOnly) {
  EXPECT_EQ(mask_number("+821012345678"), "+8210****5678");
  EXPECT_EQ(mask_number("01012345"), "****2345");
  EXPECT_EQ(mask_number("1001"), "1001");
}

TEST(Mask, TellsOnlyTheLengthOfSpokenTextUnlessDebugging) {
  EXPECT_EQ(mask_text("비밀번호", false), "4 chars");
  EXPECT_EQ(mask_text("비밀번호", true), "비밀번호");
}

struct Lines final : LogSink {
  std::vector<std::string> all;
  void write(Level level, std::string_view event, std::span<const Field> fields) override {
    std::string line = std::string(name(level)) + " " + std::string(event);
    for (const Field& f : fields) line += " " + std::string(f.key);
    all.push_back(line);
  }
};

TEST(Log, BearsTheCallOnEachOfItsLines) {
  Lines lines;
  Log(lines).for_call("c").warn("event", {{"n", 1}});
  Log(lines).info("other");
  EXPECT_EQ(lines.all, (std::vector<std::string>{"warn event call_id n", "info other"}));
}

TEST(Error, MessageShowsDetailWhenThereIsOne) {
  EXPECT_EQ((Error{Code::io, "cannot open", "x"}).message(), "cannot open: x");
  EXPECT_EQ((Error{Code::io, "cannot open", ""}).message(), "cannot open");
  EXPECT_STREQ(name(Code::engine_late), "engine_late");
}

}  // namespace
}  // namespace daedap::base
