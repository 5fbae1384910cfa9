#include "sip/endpoint_impl.hpp"

namespace daedap::sip {

std::string Endpoint::Impl::replaces_of(SessionId id) const {
  const auto at = sessions_.find(static_cast<std::uint64_t>(id));
  if (at == sessions_.end() || at->second.phase == Phase::outgoing) return {};
  const Dialog& dialog = at->second.dialog;
  return dialog.call_id() + ";to-tag=" + dialog.remote_tag() + ";from-tag=" + dialog.local_tag();
}

}  // namespace daedap::sip
