#include "media/bridge.hpp"

#include "media/relay.hpp"

namespace daedap::media {

struct Bridge::Impl {
  Impl(Leg::Impl& c, Leg::Impl& a)
      : customer(c), agent(a), from_customer(c, a), from_agent(a, c), position(c.position) {}
  Relay& from(Side side) { return side == Side::customer ? from_customer : from_agent; }

  // given
  Leg::Impl& customer;
  Leg::Impl& agent;
  // owned
  Relay from_customer, from_agent;
  // state
  std::int64_t position;
};

Bridge::Bridge(Leg& customer, Leg& agent, base::Time now)
    : impl_(std::make_unique<Impl>(*customer.impl_, *agent.impl_)) {
  agent.impl_->position = impl_->position;
  refresh(now);
}

Bridge::~Bridge() { impl_->customer.position = impl_->agent.position = impl_->position; }

void Bridge::refresh(base::Time now) {
  impl_->customer.last_now = impl_->agent.last_now = now;
  impl_->from_customer.refresh();
  impl_->from_agent.refresh();
}

void Bridge::set_tap(Side side, audio::FrameSink* sink) { impl_->from(side).set_tap(sink); }

void Bridge::tick_send(base::Time now) {
  impl_->customer.position = impl_->agent.position = impl_->position;
  impl_->from_agent.tick_send(now, impl_->position);
  impl_->from_customer.tick_send(now, impl_->position);
}

void Bridge::tick_receive(base::Time now) {
  impl_->from_customer.tick_receive(now, impl_->position);
  impl_->from_agent.tick_receive(now, impl_->position);
  impl_->position += audio::frame_samples;
}

bool Bridge::relays(Side from) const { return impl_->from(from).relays(); }
bool Bridge::events_pass(Side from) const { return impl_->from(from).events_pass(); }

BridgeStats Bridge::stats() const {
  return {.customer = impl_->from_customer.stats(), .agent = impl_->from_agent.stats()};
}

}  // namespace daedap::media
