#include "sip/endpoint_impl.hpp"

namespace daedap::sip {
void Endpoint::Impl::refer(SessionId, const std::string&, const std::string&, const std::string&, base::Time) {}
void Endpoint::Impl::accept_refer(SessionId, base::Time) {}
void Endpoint::Impl::notify_refer(SessionId, int, base::Time) {}
void Endpoint::Impl::refuse_refer(SessionId, int, base::Time) {}
}  // namespace daedap::sip
