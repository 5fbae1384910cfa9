#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "sip/message.hpp"

namespace daedap::sip {

/// Why a request is not served, ready to become a response. An ACK is never answered: drop it.
struct Complaint {
  int status = 400;
  const char* reason = "Bad Request";  // the phrase of the status line
  const char* what = "";               // which rule was broken, for the log
  std::vector<Header> headers;         // Allow, Accept, Unsupported ...
};

/// What this server can do; one place for Allow, Accept and Supported.
struct Abilities {
  std::vector<std::string_view> methods{"INVITE", "ACK",   "BYE",   "CANCEL", "OPTIONS", "INFO",
                                        "UPDATE", "PRACK", "REFER", "NOTIFY", "REGISTER"};
  std::vector<std::string_view> extensions{"100rel", "timer", "replaces", "norefersub"};
  std::string_view session_type = "application/sdp";
};

/// Looks at a parsed request before any transaction user sees it: shape (400), version (505), method
/// (405, 501), hops (483), scheme (416), extensions (420), body and Accept (415, 406).
/// nullopt = serve it.        spec  RFC 3261 §8.2, RFC 4475
std::optional<Complaint> check_request(const Message& request, const Abilities& abilities = {});

/// Why a response must be dropped; nullopt = it is sound. spec  RFC 3261 §8.1.3.3
std::optional<Complaint> check_response(const Message& response);

/// "INVITE, ACK, ..." for Allow and Supported.
std::string join(const std::vector<std::string_view>& words);

/// The complaint for bytes that `Message::parse` refused, together with as much of the request as an
/// answer needs (Via, From, To, Call-ID, CSeq); nullopt when it cannot or must not be answered.
struct Salvaged {
  Message request;
  Complaint complaint;
};
std::optional<Salvaged> salvage(std::string_view bytes, const Limits& limits = {});

}  // namespace daedap::sip
