#pragma once

#include <string>

namespace daedap::call {

/// Somebody is being rung for one of the parties of an answered call.
struct Transfer {
  bool of_caller = false;  // the caller's leg is the one to be replaced
  bool by_refer = false;   // that leg asked for it and wants to be told
  bool gone = false;       // it hung up meanwhile
  bool by_ai = false;      // the caller asked for a person; the AI is silent until one is there
  std::string to{};        // whom the AI named
};

}  // namespace daedap::call
