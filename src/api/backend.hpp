#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "call/operators.hpp"
#include "call/record.hpp"

namespace daedap::api {

/// A call as the API shows it: the record and when it was on the wall clock.
struct CallEntry {
  call::Record record;
  std::int64_t started_unix_ms = 0;
  std::string recording;   // path of call.wav; empty = none
  std::string transcript;  // path of transcript.json; empty = none yet
};

/// What somebody may do with the API.
enum class Role { none, viewer, admin };  // viewer: reads only

/// One page of past and running calls, newest first.
struct CallPage {
  std::vector<CallEntry> calls;
  std::string next;  // `before` of the next page; empty = the end
};

/// What the API asks of the rest of the server. Every answer comes later, on the API's own loop.
struct Backend {
  template <typename T>
  using Then = std::function<void(T)>;

  std::function<void(Then<std::vector<call::Operator>>)> operators;
  std::function<void(call::Operator, Then<base::Result<void>>)> add_operator;
  std::function<void(std::string id, Then<base::Result<void>>)> remove_operator;
  /// No message = it stays as it is.
  std::function<void(std::string id, call::OperatorStatus, std::optional<std::string> message, Then<base::Result<void>>)> set_status;

  std::function<void(std::size_t limit, std::string before, Then<base::Result<CallPage>>)> calls;
  std::function<void(std::string id, Then<std::optional<CallEntry>>)> call;
  std::function<void(std::string id, Then<bool>)> hang_up;
  std::function<void(std::string id, std::string text, Then<bool>)> say;

  /// Password check, off the loop. Role::none for an unknown user, in the same time.
  std::function<void(std::string user, std::string password, Then<Role>)> verify;
  /// Of a bearer token that `daedap user token` made.
  std::function<void(std::string token, Then<Role>)> verify_token;

  /// Empty = ready to take calls; otherwise why not.
  std::function<std::string()> not_ready;
  std::function<std::string()> metrics;
};

}  // namespace daedap::api
