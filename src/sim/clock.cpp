#include "sim/clock.hpp"

#include <algorithm>

namespace daedap::sim {

void World::at(base::Time when, base::Task task) {
  tasks_.emplace(std::pair(std::max(when, now_), posted_++), std::move(task));
}

void World::every(base::Duration period, std::function<bool()> body) {
  post_after(period, [this, period, body = std::move(body)]() mutable {
    if (body()) every(period, std::move(body));
  });
}

void World::step() {
  auto first = tasks_.extract(tasks_.begin());
  now_ = first.key().first;
  first.mapped()();
}

void World::run_to(base::Time when) {
  while (!tasks_.empty() && tasks_.begin()->first.first <= when) step();
  now_ = when;
}

bool World::run_until(const std::function<bool()>& done, base::Duration limit) {
  const base::Time last = now_ + limit;
  while (!done()) {
    if (tasks_.empty() || tasks_.begin()->first.first > last) {
      now_ = last;
      return false;
    }
    step();
  }
  return true;
}

}  // namespace daedap::sim
