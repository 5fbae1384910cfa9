#include "media/replay_window.hpp"

#include <gtest/gtest.h>

#include <set>

#include "base/random.hpp"

namespace daedap::media {
namespace {

TEST(ReplayWindow, TakesEachIndexOnce) {
  ReplayWindow window;
  EXPECT_FALSE(window.newest());
  for (const std::uint64_t index : {10, 12, 11, 200, 199, 73}) {
    EXPECT_FALSE(window.refuses(index)) << index;
    window.add(index);
    EXPECT_TRUE(window.refuses(index)) << index;
  }
  EXPECT_EQ(window.newest(), 200u);
}

TEST(ReplayWindow, RefusesWhatIsTooOldToTell) {
  ReplayWindow window;
  window.add(1000);
  EXPECT_FALSE(window.refuses(1000 - ReplayWindow::size + 1));
  EXPECT_TRUE(window.refuses(1000 - ReplayWindow::size));
  EXPECT_TRUE(window.refuses(0));
}

TEST(ReplayWindow, RemembersWhatASetWouldRemember) {
  base::Random random(base::seeded(4));
  ReplayWindow window;
  std::set<std::uint64_t> seen;
  std::uint64_t newest = 500;
  window.add(newest);
  seen.insert(newest);
  for (int i = 0; i < 50'000; ++i) {
    const std::uint64_t index = newest + random.u32() % 300 - 150 + (random.u32() % 500 == 0 ? 70 : 0);
    const bool old = index <= newest && (newest - index >= ReplayWindow::size || seen.contains(index));
    ASSERT_EQ(window.refuses(index), old) << i;
    if (old) continue;
    window.add(index);
    seen.insert(index);
    newest = std::max(newest, index);
  }
}

}  // namespace
}  // namespace daedap::media
