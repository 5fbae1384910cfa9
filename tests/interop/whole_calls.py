#!/usr/bin/env python3
"""Whole calls over real sockets: spoken, keyed, cut by kill -9, ramped, drained."""
import json
import os
import pathlib
import signal
import struct
import subprocess
import time
import wave

from harness import DAEDAP, Server, check, main, sipp, wait_for


def english_call_is_understood_recorded_and_transcribed():
    with Server() as server:
        report = server.call("1002", "--say", "what are your opening hours", "--say", "goodbye")
        check(report["answered"] and report["code"] == 200, f"report {report}")
        check(len(report["turns"]) >= 2, f"turns {report['turns']}")
        check(all(t["response_ms"] is not None for t in report["turns"][:1]), f"no response time: {report['turns']}")
        call_id = server.ended_calls(1)[0]["call_id"]
        call = server.http(f"/api/v1/calls/{call_id}")
        check(any(t.get("intent") == "opening_hours" for t in call["turns"]), f"not understood: {json.dumps(call['turns'], ensure_ascii=False)}")
        check(call["cause"] == "goodbye" or call["cause"] == "caller_hung_up", f"cause {call['cause']}")
        data = server.http(f"/api/v1/calls/{call_id}/recording.wav", raw=True)
        pathlib.Path(server.folder, "r.wav").write_bytes(data)
        with wave.open(str(server.folder / "r.wav")) as w:
            check((w.getnchannels(), w.getframerate(), w.getsampwidth()) == (2, 16000, 2), "wrong form of recording")
            length = w.getnframes() / 16000
            samples = struct.unpack(f"<{w.getnframes() * 2}h", w.readframes(w.getnframes()))
        check(abs(length - call["duration_ms"] / 1000) < 0.5, f"recording of {length:.2f} s, call of {call['duration_ms']} ms")
        for channel, who in ((0, "customer"), (1, "agent")):
            loud = max(abs(s) for s in samples[channel::2])
            check(loud > 1000, f"the {who} channel is silent (peak {loud})")
        folder = wait_for(lambda: list((server.folder / "state" / "recordings").glob(f"*/*/*/{call_id}")), 10, "no recording folder")[0]
        wait_for(lambda: (folder / "transcript.json").exists(), 20, "no transcript.json")
        wait_for(lambda: json.loads((folder / "transcript.json").read_text()).get("post_call") is not None, 20,
                 "no transcript of the whole recording")
        check((folder / "call.json").exists(), "no call.json")


def korean_keypad_menu_and_message():
    with Server() as server:
        server.call("1001", "--dtmf", "2", "--say", "please call me back", "--dtmf", "#")
        call = server.http(f"/api/v1/calls/{server.ended_calls(1)[0]['call_id']}")
        first = call["turns"][0]["text"]
        check(first.startswith("안녕하세요, 김지원의 AI 비서입니다."), f"greeting {first}")
        check(len(call["messages"]) == 1, f"messages {call['messages']}")


def FieldNotes_N01_fifty_call_ramp():
    with Server() as server:
        sipp(server, "normal.xml", calls=50, rate=50, seconds=60)
        wait_for(lambda: server.metric("daedap_calls_ended_total") >= 50, 15, "not all calls ended")
        text = server.http("/metrics", raw=True).decode()
        check("daedap_call_setup_seconds" in text, "no set-up times")
        slow = [c for c in server.ended_calls(50) if c["setup_ms"] is None or c["setup_ms"] > 2000]
        check(not slow, f"{len(slow)} calls took over 2 s to be answered")


def FieldNotes_N20_the_wall_clock_steps_in_a_call():
    library = os.environ.get("DAEDAP_CLOCK_STEP_LIBRARY", "")
    check(os.path.exists(library), f"no library at {library!r}")
    server = Server()
    try:
        step = server.folder / "step"
        server.start({"LD_PRELOAD": library, "DAEDAP_CLOCK_STEP": str(step)})
        caller = subprocess.Popen([DAEDAP, "call", f"sip:1002@127.0.0.1:{server.sip_port}", "--json", "--quiet", "--wait", "6"],
                                  stdout=subprocess.PIPE, text=True)
        wait_for(lambda: server.http("/api/v1/calls")["calls"], 10, "no call")
        began = time.monotonic()
        before = server.log()[-1]["timestamp"]
        for seconds in ("5", "-5", "3600", "0"):
            step.write_text(seconds)
            time.sleep(1)
        report = json.loads(caller.communicate(timeout=60)[0])
        took = time.monotonic() - began
        call = server.ended_calls(1)[0]
        check(report["answered"] and report["packets_lost"] == 0, f"the call was hurt: {report}")
        check(abs(call["duration_ms"] - report["duration_ms"]) < 500, f"{call['duration_ms']} ms kept, {report['duration_ms']} ms seen")
        check(call["duration_ms"] < took * 1000 + 1000, f"the step went into the call: {call['duration_ms']} ms in {took:.1f} s")
        data = server.http(f"/api/v1/calls/{call['call_id']}/recording.wav", raw=True)
        length = (len(data) - 44) / 64
        check(abs(length - call["duration_ms"]) < 500, f"recording of {length} ms, call of {call['duration_ms']} ms")
        step.write_text("100000")
        server.call("7777", check_exit=False)
        check(server.log()[-1]["timestamp"][:10] != before[:10], "the clock did not step in the server: the test proves nothing")
    finally:
        server.__exit__(None, None, None)


def an_encrypted_call_is_understood_and_a_plain_one_refused():
    with Server(srtp="required") as server:
        report = server.call("1002", "--srtp", "required", "--say", "what are your opening hours", "--say", "goodbye")
        check(report["answered"] and report["srtp"] == "AEAD_AES_128_GCM", f"report {report}")
        call = server.http(f"/api/v1/calls/{server.ended_calls(1)[0]['call_id']}")
        check(any(t.get("intent") == "opening_hours" for t in call["turns"]), f"not understood: {json.dumps(call['turns'], ensure_ascii=False)}")
        check(server.call("1002", check_exit=False)["code"] == 488, "a plain call was answered")
        check("inline:" not in json.dumps(server.log()), "a key in the log")


def killed_in_mid_call_leaves_recording_and_closed_record():
    server = Server()
    with server:
        caller = subprocess.Popen([DAEDAP, "call", f"sip:1002@127.0.0.1:{server.sip_port}", "--json", "--wait", "20"],
                                  stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        found = wait_for(lambda: list((server.folder / "state" / "recordings").glob("*/*/*/*/call.wav")), 10, "no recording")[0]
        time.sleep(3)
        server.process.kill()
        server.process.wait()
        with wave.open(str(found)) as w:
            check(w.getnframes() > 16000, f"only {w.getnframes()} frames after kill -9")
        caller.kill()
        caller.wait()
        server.start()
        call = server.http("/api/v1/calls")["calls"][0]
        check(call["cause"] == "killed", f"cause {call.get('cause')}")
        check((found.parent / "call.json").exists(), "no call.json after the restart")
        check(subprocess.run(["pgrep", "-P", "1", "-f", str(server.folder)], capture_output=True).returncode != 0, "helpers left behind")


def drain_lets_the_running_call_finish():
    server = Server()
    with server:
        caller = subprocess.Popen([DAEDAP, "call", f"sip:1002@127.0.0.1:{server.sip_port}", "--json", "--say", "what are your opening hours",
                                   "--say", "goodbye"], stdout=subprocess.PIPE, text=True)
        wait_for(lambda: server.http("/api/v1/calls")["calls"], 10, "no call")
        time.sleep(1)
        server.process.send_signal(signal.SIGTERM)
        time.sleep(0.5)
        late = subprocess.run([DAEDAP, "call", f"sip:1002@127.0.0.1:{server.sip_port}", "--json"], capture_output=True, text=True, timeout=30)
        check(json.loads(late.stdout)["code"] == 503, f"a call while draining got {late.stdout}")
        report = json.loads(caller.communicate(timeout=60)[0])
        check(report["answered"] and len(report["turns"]) >= 2, f"the running call was hurt: {report}")
        check(server.process.wait(30) == 0, "exit code after the drain")


def accounts_are_made_and_the_doctor_looks():
    server = Server()
    made = json.loads(server.run("operator", "add", "1004", "박서준", "--json").stdout)
    check(made["user"] == "1004" and made["realm"] == "daedap" and len(made["password"]) == 20, f"account {made}")
    check(made["password"] not in str((server.folder / "state" / "daedap.db").read_bytes()), "the password itself is kept")
    check(server.run("operator", "add", "1004", "again", check_exit=False).returncode == 1, "the same operator was added twice")
    again = server.run("operator", "password", "1004").stdout
    check("password" in again and made["password"] not in again, f"new password: {again}")
    server.run("operator", "set", "1004", "--busy", "forward", "--forward-to", "1001")
    check(server.run("operator", "set", "1003", "--declined", "forward", check_exit=False).returncode == 2, "forwarding to nowhere was taken")
    check("busy: forward" in server.run("operator", "list").stdout, "the policy is not listed")
    away = server.run("doctor", check_exit=False)
    check(away.returncode == 1 and "does not run" in away.stdout, f"doctor without a server: {away.stdout}")
    with server:
        server.call("1002", "--wait", "3")
        server.ended_calls(1)
        one = server.http("/api/v1/operators", "POST", {"id": "1005", "name": "최은우", "on_miss": {"busy": "reject"}})
        check(len(one["account"]["password"]) == 20 and one["account"]["server"] == f"127.0.0.1:{server.sip_port}", f"made {one}")
        server.http("/api/v1/operators/1005", "PATCH", {"on_miss": {"busy": None, "declined": "ai"}})
        wait_for(lambda: server.http("/api/v1/operators/1005")["on_miss"]["declined"] == "ai", 5, "the policy did not change")
        done = server.run("doctor", "--json", check_exit=False)
        report = json.loads(done.stdout)
        items = {item["item"]: item for item in report["items"]}
        for name in ("server", "sip udp port", "sip tcp port", "engines", "rtp ports", "operators", "audio"):
            check(items.get(name, {}).get("state") == "ok", f"{name}: {items.get(name)} in {done.stdout}")
        check(report["ok"] and done.returncode == 0, f"exit {done.returncode}: {done.stdout}")
        check("doctor" not in server.run("user", "list").stdout, "the doctor's token stayed")


def operator_status_survives_a_restart_and_reaches_a_running_server():
    server = Server("routing: {busy: reject}\n")
    with server:
        server.run("operator", "status", "1003", "away")
        wait_for(lambda: server.http("/api/v1/operators/1003")["status"] == "away", 5, "the server did not see the change")
        # Routing follows within 300 ms, the time in which the store notices another process's write.
        wait_for(lambda: server.call("1003", "--wait", "1", check_exit=False)["answered"], 5, "routing did not follow")
        server.http("/api/v1/operators/1002/status", "PUT", {"status": "busy", "message": "점심 시간입니다"})
        check(server.call("1002", check_exit=False)["code"] == 486, "a busy operator was answered")
        server.stop()
        server.start()
        again = server.http("/api/v1/operators/1002")
        check(again["status"] == "busy" and again["message"] == "점심 시간입니다", f"after the restart {again}")


def engines_that_do_not_start_get_503_with_retry_after():
    with Server("engines: {stt: none}\n") as fine:
        fine.call("1001", "--wait", "2")
    server = Server("engines: {espeak_helper: /bin/false, start_timeout_s: 2}\n")
    server.folder.joinpath("state").mkdir(exist_ok=True)
    process = subprocess.Popen([DAEDAP, "serve", "--config", str(server.config)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        run = server.folder / "state" / "run.json"
        wait_for(run.exists, 20, "no run.json")
        port = json.loads(run.read_text())["sip_port"]
        done = subprocess.run([DAEDAP, "call", f"sip:1002@127.0.0.1:{port}", "--json"], capture_output=True, text=True, timeout=60)
        check(json.loads(done.stdout)["code"] == 503, f"got {done.stdout}")
        events = {line["event"] for line in server.log()}
        check("ai_orchestrator_not_available" in events, f"events {events}")
    finally:
        process.terminate()
        process.wait(20)


def memory_and_descriptors_do_not_grow_over_a_thousand_calls():
    count = int(os.environ.get("DAEDAP_GROWTH_CALLS", "1000"))
    # At 40 calls a second and 30 s of rest, 1,200 port pairs are on their way round.
    with Server("recording: {post_transcription: false}\n", ports=8000) as server:
        sipp(server, "short.xml", calls=100, rate=40, seconds=90)
        wait_for(lambda: server.metric("daedap_calls_running") == 0, 20, "calls still run")
        time.sleep(35)  # transactions (32 s) and resting ports (30 s) of the first calls are gone
        memory, descriptors = server.resident_kb(), server.descriptors()
        sipp(server, "short.xml", calls=count, rate=40, seconds=180)
        wait_for(lambda: server.metric("daedap_calls_running") == 0, 20, "calls still run")
        time.sleep(35)
        grown = server.resident_kb() - memory
        print(f"        {count} calls: {grown} KB more, descriptors {descriptors} -> {server.descriptors()}")
        check(server.descriptors() <= descriptors + 2, f"descriptors {descriptors} -> {server.descriptors()}")
        check(grown < 6 * count, f"{grown} KB more after {count} calls")


if __name__ == "__main__":
    main([english_call_is_understood_recorded_and_transcribed, korean_keypad_menu_and_message,
          an_encrypted_call_is_understood_and_a_plain_one_refused, FieldNotes_N01_fifty_call_ramp,
          FieldNotes_N20_the_wall_clock_steps_in_a_call,
          killed_in_mid_call_leaves_recording_and_closed_record, drain_lets_the_running_call_finish,
          operator_status_survives_a_restart_and_reaches_a_running_server, accounts_are_made_and_the_doctor_looks,
          engines_that_do_not_start_get_503_with_retry_after,
          memory_and_descriptors_do_not_grow_over_a_thousand_calls])
