#!/usr/bin/env python3
"""Carries Ethernet frames between two interfaces with loss, delay and jitter, where the kernel has no netem.

bad_line.py NEAR FAR [--loss 0.03] [--delay 60] [--jitter 20] [--drop-sip 2] [--seed 1]; SIGTERM ends it.
"""
import argparse
import heapq
import random
import select
import signal
import socket
import struct
import sys
import time

ETH_P_ALL, IPV4, UDP = 0x0003, 0x0800, 17
SIP_VERBS = (b"SIP/2.0", b"REGISTER", b"INVITE", b"ACK ", b"BYE ", b"CANCEL", b"OPTIONS", b"PRACK", b"UPDATE", b"NOTIFY", b"REFER")


def interface(name):
    frames = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(ETH_P_ALL))
    frames.bind((name, ETH_P_ALL))
    frames.setblocking(False)
    return frames


def is_sip(frame):
    if len(frame) < 42 or struct.unpack_from("!H", frame, 12)[0] != IPV4 or frame[23] != UDP:
        return False
    return frame[14 + 4 * (frame[14] & 15) + 8:].startswith(SIP_VERBS)


def is_ip(frame):
    return struct.unpack_from("!H", frame, 12)[0] == IPV4


def whole_checksum(frame):
    """The sender leaves the UDP checksum to hardware that is not there: says that there is none."""
    head = 14 + 4 * (frame[14] & 15)
    if frame[23] != UDP or len(frame) < head + 8:
        return frame
    return frame[:head + 6] + b"\0\0" + frame[head + 8:]


def main():
    words = argparse.ArgumentParser()
    words.add_argument("near"), words.add_argument("far")
    words.add_argument("--loss", type=float, default=0)
    words.add_argument("--delay", type=float, default=0)
    words.add_argument("--jitter", type=float, default=0)
    words.add_argument("--drop-sip", type=int, default=0, help="each n-th SIP message of either direction is lost")
    words.add_argument("--seed", type=int, default=1)
    told = words.parse_args()
    dice = random.Random(told.seed)
    ends = [interface(told.near), interface(told.far)]
    sip = [0, 0]
    counts = {"carried": 0, "lost": 0, "sip_lost": 0}
    under_way = []
    running = True

    def stop(*_):
        nonlocal running
        running = False
    signal.signal(signal.SIGTERM, stop)
    print("ready", flush=True)

    def take(side):
        frame, about = ends[side].recvfrom(65536)
        if about[2] == socket.PACKET_OUTGOING:
            return
        due = time.monotonic()
        if is_ip(frame):
            if is_sip(frame):
                sip[side] += 1
                if told.drop_sip and sip[side] % told.drop_sip == 1:
                    counts["sip_lost"] += 1
                    return
            if dice.random() < told.loss:
                counts["lost"] += 1
                return
            due += (told.delay + dice.random() * told.jitter) / 1000
            frame = whole_checksum(frame)
        counts["carried"] += 1
        heapq.heappush(under_way, (due, counts["carried"], 1 - side, frame))

    while running:
        wait = max(0.0, under_way[0][0] - time.monotonic()) if under_way else 1.0
        try:
            ready = select.select(ends, [], [], wait)[0]
        except InterruptedError:
            continue
        for end in ready:
            try:
                for _ in range(100):
                    take(ends.index(end))
            except BlockingIOError:
                pass
        while under_way and under_way[0][0] <= time.monotonic():
            _, _, side, frame = heapq.heappop(under_way)
            try:
                ends[side].send(frame)
            except OSError as trouble:
                print(trouble, file=sys.stderr)
    print(" ".join(f"{name}={value}" for name, value in counts.items()), flush=True)


if __name__ == "__main__":
    main()
