#pragma once

#include <chrono>
#include <future>
#include <memory>
#include <stdexcept>

#include "store/store.hpp"

namespace daedap::test {

/// Asks the store and waits for its answer:
/// `answer<Account>([&](auto reply) { store.check_token("x", reply); })`.
template <typename T, typename Ask>
base::Result<T> answer(Ask ask) {
  auto promise = std::make_shared<std::promise<base::Result<T>>>();
  auto future = promise->get_future();
  ask(store::Reply<T>([promise](base::Result<T> result) { promise->set_value(std::move(result)); }));
  if (future.wait_for(std::chrono::seconds{20}) != std::future_status::ready)
    throw std::runtime_error("no answer");
  return future.get();
}

}  // namespace daedap::test
