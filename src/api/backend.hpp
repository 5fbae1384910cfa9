#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "call/ingest/ingest_desk.hpp"
#include "call/operators.hpp"
#include "call/record.hpp"
#include "call/trunk.hpp"

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

/// One phone of an operator, as registered now.
struct Contact {
  std::string uri;
  std::string transport;   // "udp", "tcp", "tls"
  std::string user_agent;
  std::int64_t expires_in_s = 0;
};
using Contacts = std::map<std::string, std::vector<Contact>>;  // by operator id

/// What a phone needs to register. The password is told once and kept nowhere.
struct SipAccount {
  std::string user, realm, password;
  std::string server;  // "192.0.2.1:5060"
};

/// What the ports of plain RTP have seen since the start.
struct IngestFigures {
  call::IngestDesk::Figures desk;
  std::uint64_t overflowed = 0;  // packets that a busy thread could not take
};
struct IngestState {
  std::uint16_t customer_port = 0, agent_port = 0;
  IngestFigures figures;
};

/// What the API asks of the rest of the server. Every answer comes later, on the API's own loop. What is
/// marked "may be empty" is answered with 501 then.
struct Backend {
  template <typename T>
  using Then = std::function<void(T)>;

  std::function<void(Then<std::vector<call::Operator>>)> operators;
  /// `account`: with a SIP account, which is given.
  std::function<void(call::Operator, bool account, Then<base::Result<std::optional<SipAccount>>>)> add_operator;
  std::function<void(std::string id, Then<base::Result<SipAccount>>)> new_password;
  std::function<void(std::string id, call::OperatorChange, Then<base::Result<call::Operator>>)> change_operator;
  std::function<void(std::string id, Then<base::Result<void>>)> remove_operator;
  /// No message = it stays as it is.
  std::function<void(std::string id, call::OperatorStatus, std::optional<std::string> message, Then<base::Result<void>>)> set_status;

  std::function<void(Then<Contacts>)> contacts;                       // may be empty: nobody is registered
  std::function<void(Then<std::vector<call::TrunkState>>)> trunks;    // may be empty

  std::function<void(std::size_t limit, std::string before, Then<base::Result<CallPage>>)> calls;
  std::function<void(std::string id, Then<std::optional<CallEntry>>)> call;
  std::function<void(std::string id, Then<bool>)> hang_up;
  std::function<void(std::string id, std::string text, Then<bool>)> say;
  std::function<void(std::string id, std::string to, Then<base::Result<void>>)> transfer;           // may be empty
  std::function<void(std::string id, std::string operator_id, Then<base::Result<void>>)> takeover;  // may be empty

  /// All three empty = plain RTP is not heard here.
  std::function<void(call::IngestOrder, Then<base::Result<std::string>>)> order_ingest;  // gives the call's id
  std::function<void(std::string id, Then<bool>)> end_ingest;
  std::function<IngestState()> ingest;

  /// Password check, off the loop. Role::none for an unknown user, in the same time.
  std::function<void(std::string user, std::string password, Then<Role>)> verify;
  /// Of a bearer token that `daedap user token` made.
  std::function<void(std::string token, Then<Role>)> verify_token;

  /// Empty = ready to take calls; otherwise why not.
  std::function<std::string()> not_ready;
  std::function<std::string()> metrics;
};

}  // namespace daedap::api
