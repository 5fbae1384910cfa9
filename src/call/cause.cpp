#include "call/cause.hpp"

#include <array>

namespace daedap::call {
namespace {

struct Row {
  Cause cause;
  std::string_view name;
  Verdict verdict;
};

constexpr std::string_view normal = "Q.850;cause=16;text=\"Normal call clearing\"";
constexpr std::string_view trouble = "Q.850;cause=41;text=\"Temporary failure\"";

// In the order of the enum; `row` checks it.
constexpr std::array rows{
    Row{Cause::caller_hung_up, "caller_hung_up", {487, ""}},
    Row{Cause::caller_cancelled, "caller_cancelled", {487, ""}},
    Row{Cause::goodbye, "goodbye", {603, normal}},
    Row{Cause::no_input, "no_input", {480, "Q.850;cause=19;text=\"No answer from user\""}},
    Row{Cause::max_length, "max_length", {480, "Q.850;cause=102;text=\"Call length limit\""}},
    Row{Cause::engine_failure, "engine_failure", {503, trouble}},
    Row{Cause::ai_unavailable, "ai_unavailable", {503, trouble}},
    Row{Cause::operator_unavailable, "operator_unavailable", {480, "Q.850;cause=20;text=\"Subscriber absent\""}},
    Row{Cause::operator_no_answer, "operator_no_answer", {480, "Q.850;cause=19;text=\"No answer from user\""}},
    Row{Cause::operator_busy, "operator_busy", {486, "Q.850;cause=17;text=\"User busy\""}},
    Row{Cause::operator_declined, "operator_declined", {603, "Q.850;cause=21;text=\"Call rejected\""}},
    Row{Cause::not_found, "not_found", {404, "Q.850;cause=1;text=\"Unallocated number\""}},
    Row{Cause::no_common_codec, "no_common_codec", {488, "SIP;cause=488;text=\"Not acceptable here\""}},
    Row{Cause::bad_request, "bad_request", {400, "SIP;cause=400;text=\"Bad session description\""}},
    Row{Cause::no_ack, "no_ack", {408, "SIP;cause=408;text=\"ACK never came\""}},
    Row{Cause::signalling_lost, "signalling_lost", {408, "Q.850;cause=27;text=\"Destination out of order\""}},
    Row{Cause::media_lost, "media_lost", {408, "Q.850;cause=27;text=\"No RTP\""}},
    Row{Cause::no_port, "no_port", {503, "Q.850;cause=34;text=\"No channel available\""}},
    Row{Cause::shutdown, "shutdown", {503, trouble}},
    Row{Cause::api_hang_up, "api_hang_up", {480, normal}},
    Row{Cause::internal, "internal", {500, trouble}},
    Row{Cause::killed, "killed", {503, trouble}},
    Row{Cause::agent_hung_up, "agent_hung_up", {480, normal}},
    Row{Cause::transferred, "transferred", {480, normal}},
    Row{Cause::forbidden, "forbidden", {403, "Q.850;cause=57;text=\"Not authorised\""}},
    Row{Cause::loop, "loop", {482, "Q.850;cause=25;text=\"Exchange routing error\""}},
    Row{Cause::stream_ended, "stream_ended", {480, normal}},
};

constexpr bool in_order() {
  for (std::size_t i = 0; i < rows.size(); ++i)
    if (static_cast<std::size_t>(rows[i].cause) != i) return false;
  return rows.size() == static_cast<std::size_t>(last_cause) + 1;
}
static_assert(in_order(), "one row for each cause, in the enum's order");

const Row& row(Cause cause) { return rows.at(static_cast<std::size_t>(cause)); }

}  // namespace

std::string_view name(Cause cause) { return row(cause).name; }
const Verdict& verdict(Cause cause) { return row(cause).verdict; }

Cause cause_of(base::Code code) {
  switch (code) {
    case base::Code::no_common_codec:
    case base::Code::unsupported: return Cause::no_common_codec;
    case base::Code::bad_syntax:
    case base::Code::too_large: return Cause::bad_request;
    case base::Code::no_port: return Cause::no_port;
    case base::Code::not_found: return Cause::not_found;
    case base::Code::engine_not_ready:
    case base::Code::engine_full:
    case base::Code::engine_failed:
    case base::Code::engine_late: return Cause::ai_unavailable;
    case base::Code::timed_out: return Cause::signalling_lost;
    case base::Code::bad_state:
    case base::Code::io:
    case base::Code::denied: return Cause::internal;
  }
  return Cause::internal;
}

}  // namespace daedap::call
