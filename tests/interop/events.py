#!/usr/bin/env python3
"""Events on their way to real WebSocket consumers, which die and stall, from a server that is killed."""
import json
import os
import pathlib
import random
import re
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import tempfile
import time

from brief_calls import BriefCalls
from harness import HERE, SKIP, Server, check, main, wait_for

KEYS = {"metadata_start": ["type", "call_id", "timestamp", "customer_number", "agent_id"],
        "turn_complete": ["type", "call_id", "timestamp", "speaker", "start_time", "end_time", "transcript", "decision",
                          "fusion_score"],
        "metadata_end": ["type", "call_id", "timestamp", "total_duration", "turn_count", "speech_ratio", "complete_turns",
                         "incomplete_turns"]}
EXTENDED = {"metadata_start": ["seq", "language"], "turn_complete": ["seq", "language", "wait_ms", "silence_ms", "reasons"],
            "metadata_end": ["seq"]}


def python_with_websockets():
    for python in (sys.executable, "/usr/bin/python3"):
        if subprocess.run([python, "-c", "import websockets"], capture_output=True).returncode == 0:
            return python
    print("SKIPPED: python3-websockets is not installed")
    sys.exit(SKIP)


class Consumer:
    """One that writes what it gets into a file; can be killed, stopped and started again on its port."""

    def __init__(self, token=""):
        self.python = python_with_websockets()
        self.token = token
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="daedap-consumer-"))
        self.file = self.folder / "messages"
        self.file.touch()
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self.url = f"ws://127.0.0.1:{self.port}/calls?key=geheim"
        self.process = None

    def start(self):
        self.process = subprocess.Popen([self.python, str(HERE / "ws_consumer.py"), str(self.port), str(self.file), self.token],
                                        stdout=subprocess.PIPE, text=True)
        check(self.process.stdout.readline() == "ready\n", "the consumer did not start")
        return self

    def kill(self):
        if self.process:
            self.process.kill()
            self.process.wait()
            self.process.stdout.close()
            self.process = None

    def stall(self, on):
        if self.process:
            self.process.send_signal(signal.SIGSTOP if on else signal.SIGCONT)

    def lines(self):
        # A consumer that was killed while it wrote leaves a piece of a line.
        return [line for line in self.file.read_text(encoding="utf-8", errors="replace").split("\n") if line.endswith("}")]

    def events(self):
        return [json.loads(line) for line in self.lines()]

    def __enter__(self):
        return self.start()

    def __exit__(self, *_):
        self.stall(False)
        self.kill()
        shutil.rmtree(self.folder, ignore_errors=True)


def config(*consumers, extended=True):
    urls = ", ".join(f'{{url: "{c.url}"' + (f", token: {c.token}" if c.token else "") + "}" for c in consumers)
    return f"events: {{extended: {str(extended).lower()}, urls: [{urls}]}}\nrecording: {{enabled: false}}\n"


def answered_calls(server):
    """Ids of the calls in the server's own records that were answered."""
    db = sqlite3.connect(f"file:{server.folder}/state/daedap.db?mode=ro", uri=True)
    try:
        return {row[0] for row in db.execute("SELECT call_id FROM calls WHERE answered_by != ''")}
    finally:
        db.close()


def judge(consumer, calls):
    """What a consumer got over all of its lives: nothing lost, nothing out of order, one start and one end a call."""
    seen, order = {}, {}
    repeats = 0
    for line in consumer.lines():
        event = json.loads(line)
        key = (event["call_id"], event["seq"])
        if key in seen:
            check(seen[key] == line, f"one event, two texts: {seen[key]} / {line}")
            repeats += 1
            continue
        seen[key] = line
        order.setdefault(event["call_id"], []).append(event)
    lost = [c for c in calls if c not in order]
    check(not lost, f"{len(lost)} of {len(calls)} calls were never told of, as {lost[:3]}")
    for call_id, events in order.items():
        kinds = [e["type"] for e in events]
        check([e["seq"] for e in events] == list(range(1, len(events) + 1)), f"{call_id}: order {[e['seq'] for e in events]}")
        check(kinds[0] == "metadata_start" and kinds.count("metadata_start") == 1, f"{call_id}: {kinds}")
        check(kinds[-1] == "metadata_end" and kinds.count("metadata_end") == 1, f"{call_id}: {kinds}")
        check(events[-1]["turn_count"] == len(events) - 2, f"{call_id}: turns {events[-1]}")
    return {"calls": len(order), "events": len(seen), "repeats": repeats}


def settled(server, consumer, seconds=60):
    """Waits until all answered calls have their end at the consumer."""
    def look():
        ended = {e["call_id"] for e in consumer.events() if e["type"] == "metadata_end"}
        return answered_calls(server) <= ended
    wait_for(look, seconds, "not all calls ended at the consumer")


def events_of_a_call_are_as_the_contract_says():
    with Consumer(token="geheimnis-0123") as plain, Consumer() as full:
        extra = config(plain, extended=False)
        with Server(extra) as server:
            wait_for(lambda: server.metric("daedap_event_consumer_connected") == 1, 10, "not connected")
            report = server.call("1002", "--say", "What are your opening hours?")
            call_id = server.ended_calls(1)[0]["call_id"]
            wait_for(lambda: any(e["type"] == "metadata_end" for e in plain.events()), 10, "no metadata_end")
            detail = server.http(f"/api/v1/calls/{call_id}")
            doctor = server.run("doctor", check_exit=False).stdout
            log = (server.folder / "state" / "logs" / "app.log").read_text()
        events = plain.events()
        for line, event in zip(plain.lines(), events):
            check(list(event) == KEYS[event["type"]], f"keys {list(event)}")
            check(event["call_id"] == call_id, "another call's id")
            check(re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", event["timestamp"]), event["timestamp"])
            check("\\u" not in line, "escaped text")
        check([e["type"] for e in (events[0], events[-1])] == ["metadata_start", "metadata_end"], str(events))
        check(events[0]["agent_id"] == "1002", str(events[0]))
        turns = events[1:-1]
        check({t["speaker"] for t in turns} == {"customer", "agent"}, str(turns))
        check(any("opening" in t["transcript"].lower() for t in turns if t["speaker"] == "customer"), str(turns))
        for turn in turns:
            check(0 <= turn["start_time"] <= turn["end_time"] <= events[-1]["total_duration"] + 2.5, str(turn))
            check(0 <= turn["fusion_score"] <= 1 and turn["decision"] in ("complete", "incomplete"), str(turn))
        end = events[-1]
        check(end["turn_count"] == len(turns) == end["complete_turns"] + end["incomplete_turns"], str(end))
        check(0 < end["speech_ratio"] <= 1 and abs(end["total_duration"] * 1000 - detail["duration_ms"]) < 2, f"{end} {detail}")
        check(detail["conversation"]["speech_ratio"] == end["speech_ratio"], str(detail["conversation"]))
        check(detail["conversation"]["response"]["agent"]["count"] >= 1, str(detail["conversation"]))
        check(f"consumer ws://127.0.0.1:{plain.port}/calls" in doctor and "connected" in doctor, doctor)
        check("geheim" not in log + doctor, "a key or a token stands in the log")
        check(report["answered"], str(report))


def environment_names_the_consumers():
    with Consumer() as first, Consumer() as second, Server("recording: {enabled: false}\n") as server:
        server.stop()
        server.start({"WEBSOCKET_URLS": f"{first.url}, {second.url}"})
        wait_for(lambda: server.metric("daedap_event_consumer_connected") == 2, 15, "not connected")
        server.call("1002")
        for consumer in (first, second):
            wait_for(lambda: [e["type"] for e in consumer.events()][-1:] == ["metadata_end"], 15, "no metadata_end")
            check(list(consumer.events()[0]) == KEYS["metadata_start"], "extended keys")


def consumer_that_dies_loses_nothing():
    with Consumer() as steady, Consumer() as mortal, Server(config(steady, mortal), ports=8000) as server:
        with BriefCalls("1002", rate=20, hold=0.6) as calls:
            calls.target(server.sip_port)
            for _ in range(5):
                time.sleep(random.uniform(0.5, 3))
                mortal.kill()
                time.sleep(random.uniform(0, 2))
                mortal.start()
            calls.finish()
        wait_for(lambda: server.metric("daedap_calls_running") == 0 or None, 60, "calls still run")
        for consumer in (steady, mortal):
            settled(server, consumer)
            print("       ", judge(consumer, answered_calls(server)))
        check(judge(steady, answered_calls(server))["repeats"] == 0, "repeats for a consumer that was always there")


def FieldNotes_N18_consumer_that_stalls_delays_nobody():
    with Consumer() as steady, Consumer() as lazy, Server(config(steady, lazy), ports=8000) as server:
        wait_for(lambda: server.metric("daedap_event_consumer_connected") == 2, 10, "not connected")
        with BriefCalls("1002", rate=20, hold=0.6) as calls:
            calls.target(server.sip_port)
            time.sleep(2)
            memory = server.resident_kb()
            lazy.stall(True)
            report = server.call("1002", "--say", "What are your opening hours?")
            time.sleep(max(0, 30 - report.get("setup_ms", 0) / 1000))
            grown = server.resident_kb() - memory
            lazy.stall(False)
            calls.finish()
        check(report["packets_lost"] == 0, f"media was hurt: {report}")
        delays = server.http("/metrics", raw=True).decode()
        under = {float(b): float(n) for b, n in re.findall(r'daedap_event_delay_seconds_bucket\{le="([\d.]+)"\} (\d+)', delays)}
        total = server.metric("daedap_event_delay_seconds_count")
        print(f"        {total:.0f} events, {100 * under[0.01] / total:.2f} % within 10 ms, memory {grown:+} KB")
        for consumer in (steady, lazy):
            settled(server, consumer, 90)
            print("       ", judge(consumer, answered_calls(server)))


def server_killed_ten_times_ends_every_call_once():
    with Consumer() as consumer, Server(config(consumer), ports=20000) as server:
        with BriefCalls("1002", rate=20, hold=1.5) as calls:
            for _ in range(10):
                calls.target(server.sip_port)
                time.sleep(random.uniform(1.5, 4))
                calls.target(None)
                server.process.kill()
                server.process.wait()
                server.start()
            calls.target(server.sip_port)
            time.sleep(2)
            calls.finish()
        wait_for(lambda: server.stop() is not None, 60, "the server did not stop")
        server.start()
        settled(server, consumer)
        told = judge(consumer, answered_calls(server))
        print("       ", told)
        check(told["calls"] >= 100, "too few calls to tell anything")


def soak():
    """Calls while consumers die and stall by lot and the server is killed ten times; DAEDAP_SOAK_CALLS, _RATE."""
    count, rate = int(os.environ.get("DAEDAP_SOAK_CALLS", "10000")), int(os.environ.get("DAEDAP_SOAK_RATE", "60"))
    seed = int(os.environ.get("DAEDAP_SOAK_SEED", str(random.randrange(10**6))))
    lot = random.Random(seed)
    print(f"        seed {seed}")
    with Consumer() as a, Consumer() as b, Server(config(a, b), ports=24000) as server:
        kill_at = sorted(lot.randrange(count // 20, count) for _ in range(10))
        with BriefCalls("1002", rate=rate, hold=0.4, count=count) as calls:
            calls.target(server.sip_port)
            stalled_until = {a: 0, b: 0}
            while calls.placed < count:
                time.sleep(lot.uniform(0.1, 1))
                for consumer in (a, b):
                    if stalled_until[consumer] and time.monotonic() > stalled_until[consumer]:
                        consumer.stall(False)
                        stalled_until[consumer] = 0
                    act = lot.random()
                    if act < 0.02 and not stalled_until[consumer]:
                        consumer.stall(True)
                        stalled_until[consumer] = time.monotonic() + lot.uniform(1, 30)
                    elif act < 0.07:
                        consumer.stall(False)
                        stalled_until[consumer] = 0
                        consumer.kill()
                        time.sleep(lot.uniform(0, 1))
                        consumer.start()
                if kill_at and calls.placed >= kill_at[0]:
                    kill_at.pop(0)
                    calls.target(None)
                    server.process.kill()
                    server.process.wait()
                    server.start()
                    calls.target(server.sip_port)
            time.sleep(3)
            calls.target(None)
        check(not kill_at, "the server was not killed ten times")
        for consumer in (a, b):
            consumer.stall(False)
        server.stop()
        server.start()
        known = answered_calls(server)
        for consumer in (a, b):
            settled(server, consumer, 180)
            print("       ", judge(consumer, known))
        print(f"RESULT events_lost 0 events\nRESULT events_out_of_order 0 events\nRESULT events_soak_calls {len(known)} calls")


if __name__ == "__main__":
    main([events_of_a_call_are_as_the_contract_says, environment_names_the_consumers, consumer_that_dies_loses_nothing,
          FieldNotes_N18_consumer_that_stalls_delays_nobody, server_killed_ten_times_ends_every_call_once]
         + ([soak] if "soak" in sys.argv[1:] else []))
