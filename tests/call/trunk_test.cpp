#include "call/trunk.hpp"

#include <gtest/gtest.h>

#include <set>
#include <string>

namespace daedap::call {
namespace {

TEST(TrunkState, EveryStateHasANameOfItsOwn) {
  using enum TrunkState::State;
  std::set<std::string> names;
  for (const auto state : {unregistered, registered, trying, refused, unreachable}) names.insert(name(state));
  EXPECT_EQ(names.size(), 5U);
}

}  // namespace
}  // namespace daedap::call
