#!/usr/bin/env bash
# Builds Release and runs the named benchmarks (all without a name).
set -euo pipefail
cd "$(dirname "$0")"
all=(
  ai_calls
  events
  parts
  relay
  turns
  vad
)
names=("$@")
[ ${#names[@]} -gt 0 ] || names=("${all[@]}")
for name in "${names[@]}"; do
  [[ " ${all[*]} " == *" $name "* ]] || { echo "no benchmark named $name; there are: ${all[*]}" >&2; exit 2; }
done
bash packaging/install-packages.sh packaging/packages-build.txt packaging/packages-bench.txt
cmake -S . -B build/release -G Ninja -DCMAKE_BUILD_TYPE=Release -DDAEDAP_BENCH=ON >/dev/null
for name in "${names[@]}"; do
  if [ "$name" = relay ]; then
    bash packaging/install-packages.sh packaging/packages-bench-peers.txt ||
      echo "rtpengine cannot be installed: nothing is compared with it" >&2
  fi
  cmake --build build/release --target "bench_$name" >/dev/null
  echo "== $name"
  "build/release/bench/bench_$name"
done
