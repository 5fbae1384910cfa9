#!/usr/bin/env python3
"""Calls that come as plain RTP: real packets from two sources at once, with loss and packets out of order."""
import audioop
import difflib
import os
import pathlib
import random
import socket
import struct
import sys
import threading
import time
import wave

from events import Consumer, config, judge
from harness import HERE, SKIP, Server, check, main, wait_for

AUDIO = pathlib.Path(os.environ.get("DAEDAP_SHARED_AUDIO", HERE.parent.parent.parent / "shared" / "audio"))
PCMU, PCMA, L16_8000, L16_16000 = 0, 8, 11, 118
INGEST = ("ingest: {enabled: true, bind: 127.0.0.1, customer_port: 0, agent_port: 0, language: en, silence_s: 3}\n"
          "engines: {stt: pocketsphinx}\n")


def said():
    """Text of each recording, by file."""
    table = AUDIO / "transcripts.tsv"
    if not table.exists():
        print(f"SKIPPED: no recordings at {AUDIO}")
        sys.exit(SKIP)
    rows = [line.split("\t") for line in table.read_text(encoding="utf-8").splitlines()[1:]]
    return {row[0]: row[4] for row in rows}


def samples(name):
    """8 kHz mono."""
    with wave.open(str(AUDIO / name)) as file:
        pcm, rate = file.readframes(file.getnframes()), file.getframerate()
    return pcm if rate == 8000 else audioop.ratecv(pcm, 2, 1, rate, 8000, None)[0]


class Talker:
    """One sender of plain RTP: says recordings at given seconds, silence between; spoils the network on its way."""

    def __init__(self, port, ssrc, kind, script, length, loss=0.02, seed=1, sock=None):
        self.sock = sock or socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        if sock is None:
            self.sock.bind(("127.0.0.1", 0))
        self.to, self.ssrc, self.kind, self.loss = ("127.0.0.1", port), ssrc, kind, loss
        self.dice = random.Random(seed)
        pcm = bytearray(2 * 8000 * length)
        for second, name in script:
            at = 2 * int(8000 * second)
            speech = samples(name)
            pcm[at:at + len(speech)] = speech
        self.pcm = bytes(pcm[:2 * 8000 * length])
        self.sent = self.dropped = 0
        self.filter = None

    def payload(self, pcm):
        if self.kind == PCMU:
            return audioop.lin2ulaw(pcm, 2)
        if self.kind == PCMA:
            return audioop.lin2alaw(pcm, 2)
        if self.kind == L16_16000:  # one filter over all packets, else each border clicks
            pcm, self.filter = audioop.ratecv(pcm, 2, 1, 8000, 16000, self.filter)
            pcm = pcm.ljust(640, b"\0")[:640]
        return audioop.byteswap(pcm, 2)

    def packets(self):
        clock = 320 if self.kind == L16_16000 else 160
        seq, stamp = self.dice.randrange(65536), self.dice.randrange(1 << 32)
        for i in range(0, len(self.pcm) - 319, 320):
            yield struct.pack("!BBHII", 0x80, self.kind, seq & 0xFFFF, stamp & 0xFFFFFFFF, self.ssrc) + self.payload(self.pcm[i:i + 320])
            seq, stamp = seq + 1, stamp + clock

    def run(self):
        held, due = None, time.monotonic()
        for packet in self.packets():
            due += 0.02
            time.sleep(max(0.0, due - time.monotonic()))
            fate = self.dice.random()
            if fate < self.loss:
                self.dropped += 1
            elif fate < self.loss + 0.03 and held is None:
                held = packet  # comes after the next one
                continue
            else:
                self.send(packet)
            if held is not None:
                self.send(held)
                held = None

    def send(self, packet):
        self.sock.sendto(packet, self.to)
        self.sent += 1


def talk(talkers):
    threads = [threading.Thread(target=one.run) for one in talkers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def ports(server):
    state = server.http("/api/v1/ingest")
    return state["customer_port"], state["agent_port"]


def likest(text, texts):
    return max(texts, key=lambda one: difflib.SequenceMatcher(None, one.split(), text.split()).ratio())


def heard(call, speaker, texts):
    """Which of all that was said anywhere the speaker's turns are most alike."""
    return [likest(turn["text"], texts) for turn in call["turns"] if turn["speaker"] == speaker and turn["text"]]


def two_calls_at_once_are_heard_apart():
    text = said()
    with Consumer() as consumer, Server(INGEST + config(consumer).replace("recording: {enabled: false}\n", "")) as server:
        customers, agents = ports(server)
        ordered = server.http("/api/v1/ingest/calls", "POST", {
            "call_id": "ordered-1", "customer_number": "+821012345678", "agent_id": "agent01", "language": "en",
            "customer": {"address": "127.0.0.1", "ssrc": 1001}, "agent": {"address": "127.0.0.1", "ssrc": 1002}})
        check(ordered == {"call_id": "ordered-1"}, f"order: {ordered}")
        plan = {("ordered-1", "customer"): [(1, "en_01.wav"), (9, "en_17.wav")], ("ordered-1", "agent"): [(5, "en_10.wav")],
                ("other", "customer"): [(2, "en_05.wav"), (8, "en_29.wav")], ("other", "agent"): [(5.5, "en_09.wav")]}
        one, other = [socket.socket(socket.AF_INET, socket.SOCK_DGRAM) for _ in range(2)]
        one.bind(("127.0.0.1", 0))
        other.bind(("127.0.0.1", 0))
        talkers = [Talker(customers, 1001, PCMU, plan["ordered-1", "customer"], 14, seed=1, sock=one),
                   Talker(agents, 1002, L16_8000, plan["ordered-1", "agent"], 14, seed=2, sock=one),
                   Talker(customers, 7, PCMA, plan["other", "customer"], 14, seed=3, sock=other),
                   Talker(agents, 7, L16_16000, plan["other", "agent"], 14, seed=4, sock=other)]
        talk(talkers)
        calls = server.ended_calls(2, 20)
        check(len(calls) == 2, f"{len(calls)} calls")
        everything = [text[name] for script in plan.values() for _, name in script]
        for summary in calls:
            call = server.http(f"/api/v1/calls/{summary['call_id']}")
            which = "ordered-1" if call["call_id"] == "ordered-1" else "other"
            for speaker in ("customer", "agent"):
                got, want = heard(call, speaker, everything), [text[name] for _, name in plan[which, speaker]]
                check(set(got) == set(want), f"{which} {speaker}: {call['turns']}, said was {want}")
            check(call["cause"] == "stream_ended", f"cause {call['cause']}")
            check(abs(call["duration_ms"] - 14000) < 300, f"{call['duration_ms']} ms")
            check(call["media"]["packets_lost"] > 0, f"nothing was lost: {call['media']}")
            data = server.http(f"/api/v1/calls/{call['call_id']}/recording.wav", raw=True)
            left, right = audioop.tomono(data[44:], 2, 1, 0), audioop.tomono(data[44:], 2, 0, 1)
            second = {"ordered-1": 1.5, "other": 2.5}[which]
            at = 2 * int(16000 * second)
            check(audioop.rms(left[at:at + 32000], 2) > 300 > audioop.rms(right[at:at + 32000], 2), f"{which}: voices in the wrong channels")
        first = next(c for c in calls if c["call_id"] == "ordered-1")
        check((first["caller"], first["answered_by"]) == ("+821012345678", "agent01"), f"identity {first}")
        wait_for(lambda: sum(e["type"] == "metadata_end" for e in consumer.events()) == 2, 10, "no two ends at the consumer")
        judge(consumer, {c["call_id"] for c in calls})
        start = next(e for e in consumer.events() if e["type"] == "metadata_start" and e["call_id"] == "ordered-1")
        check((start["customer_number"], start["agent_id"]) == ("+821012345678", "agent01"), f"start {start}")
        counts = server.http("/api/v1/ingest")["packets"]
        sent = sum(t.sent for t in talkers)
        check(counts["passed"] + counts["probation"] == sent, f"{sent} sent, {counts}")


def call_is_ended_by_rest_and_its_id_is_not_taken_twice():
    with Server(INGEST) as server:
        customers, agents = ports(server)
        server.http("/api/v1/ingest/calls", "POST", {"call_id": "once"})
        check(server.http("/api/v1/ingest/calls", "POST", {"call_id": "once"}, quiet=True) is None, "one id for two orders")
        talkers = [Talker(customers, 1, PCMU, [], 4), Talker(agents, 2, PCMU, [], 4)]
        thread = threading.Thread(target=talk, args=(talkers,))
        thread.start()
        wait_for(lambda: server.http("/api/v1/ingest")["sources"] == 2, 5, "the streams were not taken")
        check(server.http("/api/v1/calls")["calls"][0]["state"] == "running", "the call does not run")
        server.http("/api/v1/ingest/calls/once", "DELETE")
        calls = server.ended_calls(1, 10)
        thread.join()
        time.sleep(0.5)
        check(len(server.ended_calls(1)) == 1 and calls[0]["cause"] == "stream_ended", f"calls {calls}")
        check(server.http("/api/v1/ingest/calls", "POST", {"call_id": "once"}, quiet=True) is None, "an id of the past was taken")


def inherited_ports_switch_it_on_and_garbage_is_counted():
    server = Server()
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as a, socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as b:
        a.bind(("127.0.0.1", 0))
        b.bind(("127.0.0.1", 0))
        customers, agents = a.getsockname()[1], b.getsockname()[1]
    try:
        server.start({"AICC_CUSTOMER_PORT": str(customers), "AICC_AGENT_PORT": str(agents), "AICC_STT_LANGUAGE": "en-US"})
        check(ports(server) == (customers, agents), f"ports {ports(server)}")
        dice = random.Random(5)
        out = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        for _ in range(5000):
            out.sendto(dice.randbytes(dice.choice([0, 1, 11, 12, 40, 172, 1400, 1600])), ("127.0.0.1", dice.choice([customers, agents])))
            if dice.random() < 0.1:
                time.sleep(0.001)
        talk([Talker(customers, 1, 96, [], 1), Talker(agents, 2, PCMU, [], 1, loss=0)])
        counts = wait_for(lambda: (c := server.http("/api/v1/ingest")["packets"])["passed"] >= 40 and c, 5, "nothing passed")
        check(counts["malformed"] > 1000 and counts["unknown_type"] >= 40, f"{counts}")
        call = server.http("/api/v1/calls")["calls"][0]
        check(call["language"] == "en", f"call {call}")
        check(server.metric("daedap_ingest_packets") >= sum(counts.values()), "the metrics know less than the API")
        server.stop()
    finally:
        if server.process and server.process.poll() is None:
            server.process.kill()


if __name__ == "__main__":
    main([two_calls_at_once_are_heard_apart, call_is_ended_by_rest_and_its_id_is_not_taken_twice,
          inherited_ports_switch_it_on_and_garbage_is_counted])
