#!/usr/bin/env python3
"""Writes share/music/hold.wav: a quiet, plucked tune of our own, 8 kHz mu-law, that loops without a seam."""
import math
import pathlib
import struct

RATE = 8000
BEAT = 0.5  # seconds
CHORDS = [("C4", "E4", "G4"), ("A3", "C4", "E4"), ("F3", "A3", "C4"), ("G3", "B3", "D4")]
TUNE = "E5 D5 C5 G4 A4 C5 B4 A4 A4 C5 F5 E5 D5 B4 C5 D5 G4 C5 E5 D5 C5 B4 A4 E5 F5 E5 D5 C5 B4 D5 C5 C5".split()
STEPS = {"C": 0, "D": 2, "E": 4, "F": 5, "G": 7, "A": 9, "B": 11}


def hertz(note: str) -> float:
    return 440.0 * 2 ** ((STEPS[note[0]] + 12 * int(note[1]) - 57) / 12)


def pluck(out: list[float], start: float, note: str, loud: float, decay: float) -> None:
    hz = hertz(note)
    for i in range(int(4 * decay * RATE)):
        t = i / RATE
        rise = min(1.0, t / 0.008)
        value = sum(math.sin(2 * math.pi * hz * k * t) / k**2 for k in (1, 2, 3))
        out[(int(start * RATE) + i) % len(out)] += loud * rise * math.exp(-t / decay) * value


def mu_law(sample: int) -> int:
    sign = 0x80 if sample < 0 else 0
    magnitude = min(abs(sample), 32635) + 132
    exponent = magnitude.bit_length() - 8
    return ~(sign | exponent << 4 | (magnitude >> (exponent + 3)) & 15) & 0xFF


def main() -> None:
    out = [0.0] * int(len(TUNE) * BEAT * RATE)
    for beat, note in enumerate(TUNE):
        pluck(out, beat * BEAT, note, 1.0, 0.5)
        chord = CHORDS[beat // 4 % len(CHORDS)]
        pluck(out, beat * BEAT, chord[beat % 3], 0.5, 0.7)
    peak = max(abs(v) for v in out)
    data = bytes(mu_law(round(v / peak * 32767 * 10 ** (-15 / 20))) for v in out)
    header = struct.pack("<4sI4s4sIHHIIHHH4sI", b"RIFF", 38 + len(data), b"WAVE", b"fmt ", 18, 7, 1, RATE, RATE, 1, 8, 0,
                         b"data", len(data))
    (pathlib.Path(__file__).resolve().parent.parent / "share/music/hold.wav").write_bytes(header + data)


main()
