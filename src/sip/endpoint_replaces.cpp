#include "sip/endpoint_impl.hpp"
#include "sip/replaces.hpp"

namespace daedap::sip {

/// The session whose place a new INVITE takes, or the status that refuses it. spec  RFC 3891 §3
Endpoint::Impl::Replaced Endpoint::Impl::match_replaces(const Message& invite) {
  const auto values = invite.all("Replaces");
  if (values.empty()) return {};
  const auto named = Replaces::parse(values.front());
  if (values.size() > 1 || !named || invite.header("Join")) return {400, std::nullopt};
  const Session* s = find_dialog(named->call_id, named->to_tag, named->from_tag);
  if (!s && named->from_tag == "0") s = find_dialog(named->call_id, named->to_tag, "");
  if (!s || s->phase == Phase::incoming) return {481, std::nullopt};  // not early ones of the caller
  if (s->phase == Phase::ending || s->silent) return {603, std::nullopt};
  if (s->phase == Phase::talking && named->early_only) return {486, std::nullopt};
  return {0, s->id};
}

std::optional<SessionId> Endpoint::Impl::session_of(const std::string& replaces) {
  const auto named = Replaces::parse(replaces);
  if (!named) return std::nullopt;
  const Session* s = find_dialog(named->call_id, named->to_tag, named->from_tag);
  return s ? std::optional(s->id) : std::nullopt;
}

std::string Endpoint::Impl::replaces_of(SessionId id) const {
  const auto at = sessions_.find(static_cast<std::uint64_t>(id));
  if (at == sessions_.end()) return {};
  const Session& s = at->second;
  if (s.phase == Phase::outgoing && s.early.empty()) return {};
  const Dialog& dialog = s.phase == Phase::outgoing ? s.early.front().dialog : s.dialog;
  return Replaces{dialog.call_id(), dialog.remote_tag(), dialog.local_tag(), false}.write();
}

}  // namespace daedap::sip
