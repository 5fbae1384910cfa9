#include "call/trunk.hpp"

namespace daedap::call {

const char* name(TrunkState::State state) {
  switch (state) {
    case TrunkState::State::unregistered: return "unregistered";
    case TrunkState::State::registered: return "registered";
    case TrunkState::State::trying: return "trying";
    case TrunkState::State::refused: return "refused";
    case TrunkState::State::unreachable: return "unreachable";
  }
  return "unreachable";
}

}  // namespace daedap::call
