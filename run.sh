#!/usr/bin/env bash
# Installs what is missing, builds, starts the server, places a demonstration call, then serves until
# Ctrl-C. `--once` stops after the call: exit 0 when the AI answered and understood, 1 otherwise.
set -euo pipefail
cd "$(dirname "$0")"
once=0
case "${1:-}" in
  "") ;;
  --once) once=1 ;;
  *) echo "usage: ./run.sh [--once]" >&2; exit 2 ;;
esac

bash packaging/install-packages.sh packaging/packages-build.txt
if [ ! -f build/release/build.ninja ]; then
  cmake -S . -B build/release -G Ninja -DCMAKE_BUILD_TYPE=Release >&2
fi
if ! ninja -C build/release -n 2>/dev/null | grep -q 'no work to do'; then
  echo "Building (the first time takes a few minutes) ..." >&2
  cmake --build build/release -j "$(nproc)" >&2
fi

daedap=build/release/daedap
export DAEDAP_STATE="${DAEDAP_STATE:-$PWD/state}"
export DAEDAP_HTTP_PORT="${DAEDAP_HTTP_PORT:-8080}"
export DAEDAP_SIP_PORT="${DAEDAP_SIP_PORT:-5060}"
config=config/local.yaml
mkdir -p "$DAEDAP_STATE"

"$daedap" check --config "$config" >/dev/null
password=$("$daedap" user first --config "$config")
"$daedap" operator first --config "$config" >/dev/null

"$daedap" serve --config "$config" --talk &
server=$!
trap 'kill -TERM "$server" 2>/dev/null || true; wait "$server" 2>/dev/null || true' EXIT
trap 'exit 130' INT TERM
"$daedap" wait --config "$config" --pid "$server" || { echo "The server did not start; see $DAEDAP_STATE/logs/app.log" >&2; exit 1; }

echo
echo "== Demonstration: a call to operator 1002, who is away"
status=0
"$daedap" call "sip:1002@127.0.0.1:$DAEDAP_SIP_PORT" --quiet \
  --say "what are your opening hours" --say "i want to leave a message" --say "please call me back tomorrow" \
  --say "that is all thank you" || status=1
if [ "$status" -eq 0 ]; then
  "$daedap" calls --config "$config" --last --understood opening_hours || status=1
fi
if [ "$once" -eq 1 ]; then
  exit "$status"
fi
cat <<END

Daedap is serving.
  Telephone   sip:1001@127.0.0.1:$DAEDAP_SIP_PORT (Korean)  sip:1002@127.0.0.1:$DAEDAP_SIP_PORT (English)
  Try         $daedap call sip:1001@127.0.0.1:$DAEDAP_SIP_PORT --dtmf 1
  Phone       $daedap operator password 1001 --config $config   prints what a telephone needs to register as 1001
  API         http://127.0.0.1:$DAEDAP_HTTP_PORT/api/v1/calls   metrics http://127.0.0.1:$DAEDAP_HTTP_PORT/metrics
  User        admin   password ${password:-"(printed at the first start; new one: $daedap user password admin --config $config)"}
  Recordings  $DAEDAP_STATE/recordings
Ctrl-C stops it.
END
wait "$server"
