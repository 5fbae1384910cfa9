#!/usr/bin/env python3
"""A disk that is really full: calls go on, the trouble is told, and it heals when there is room again."""
import subprocess

from harness import Server, check, free_bytes, main, small_disk, wait_for


def talk(server):
    """A call of nearly half a minute that is understood and answered at its end; 64 KB of recording a second."""
    return server.call("1002", "--quiet", "--wait", "8", "--say", "what are your opening hours", "--say", "goodbye")


def check_untouched(report):
    check(report["answered"] and report["code"] == 200, f"report {report}")
    check(report["cause"] in ("peer_hung_up", "completed"), f"the call was lost: {report}")
    check(report["packets_lost"] == 0 and report["packets_received"] > 900, f"audio was hurt: {report}")
    check(len(report["turns"]) >= 2 and report["turns"][0]["response_ms"] is not None, f"the caller was not heard: {report['turns']}")


def check_short(server):
    report = server.call("1002", "--quiet", "--wait", "3")
    check(report["answered"] and report["packets_received"] > 100, f"the next call was hurt: {report}")


def recordings_find_no_room_in_mid_call():
    server = Server()
    with small_disk(server.folder / "state" / "recordings", "1m") as disk, server:
        report = talk(server)
        check(free_bytes(disk) < 64_000, f"{free_bytes(disk)} bytes are left: the test proves nothing")
        check_untouched(report)
        call = server.ended_calls(1)[0]
        check(call["cause"] in ("goodbye", "caller_hung_up"), f"cause {call['cause']}")
        told = [line for line in server.log() if line["event"] == "recording_failed" and line.get("call_id") == call["call_id"]]
        check(told and "disk is full" in told[0]["reason"], f"the log says {told}")
        check(server.metric("daedap_recording_errors_total") >= 1, "no metric says so")
        check(server.http("/readyz", quiet=True) is not None, "the server is not ready any more")
        # Still no room: the next call goes on as well. With room, the one after it is recorded again.
        check_short(server)
        subprocess.run(["mount", "-o", "remount,size=16m", str(disk)], check=True)
        check_short(server)
        newest = server.ended_calls(3)[0]
        data = server.http(f"/api/v1/calls/{newest['call_id']}/recording.wav", raw=True)
        check(abs((len(data) - 44) / 64 - newest["duration_ms"]) < 500, f"{len(data)} bytes for {newest['duration_ms']} ms")


def whole_state_finds_no_room_in_mid_call():
    server = Server(operators=())
    with small_disk(server.folder / "state", "2m") as disk:
        server.run("operator", "add", "1002", "--name", "Mina", "--language", "en")
        server.run("operator", "status", "1002", "away")
        # Room for the start, not for the call: recording, database and log meet the end together.
        with server:
            ballast = disk / "ballast"
            ballast.write_bytes(bytes(max(0, free_bytes(disk) - 600_000)))
            report = talk(server)
            check(free_bytes(disk) < 64_000, f"{free_bytes(disk)} bytes are left: the test proves nothing")
            check_untouched(report)
            wait_for(lambda: server.metric("daedap_calls_running") == 0, 15, "the call did not end")
            check(server.metric("daedap_recording_errors_total") >= 1, "no metric says so")
            check_short(server)
            ballast.unlink()
            check_short(server)
            newest = server.ended_calls(1)[0]
            # A line that found no room may be cut, so the log is searched, not read.
            log = disk / "logs" / "app.log"
            wait_for(lambda: [line for line in log.read_text(errors="replace").splitlines()
                              if newest["call_id"] in line and "ai_call_terminated" in line], 10, "the log does not go on")


if __name__ == "__main__":
    main([recordings_find_no_room_in_mid_call, whole_state_finds_no_room_in_mid_call])
