#!/usr/bin/env python3
"""Fails when the core (layers 1-3) knows a clock, a thread, a lock, a socket or a random device."""
import pathlib
import re
import sys

root = pathlib.Path(__file__).resolve().parent.parent
core = ["sip", "rtp", "sdp", "audio", "media", "speech", "call"]
banned = [
    (r"\b\w+_clock::now\b", "the core is handed the time"),
    (r"\bstd::(recursive_|shared_|timed_)?mutex\b|\bcondition_variable\b|\bstd::(j?thread|async|future|promise)\b",
     "the core has no threads"),
    (r"\bsleep(_for|_until)?\s*\(|\busleep\s*\(", "the core never sleeps"),
    (r"\brandom_device\b|(?<![\w:])s?rand\s*\(", "random numbers come from base::Random"),
    (r"\bshared_ptr\b|\bmake_shared\b", "owners are values or unique_ptr"),
    (r"\bthread_local\b", "no hidden state"),
    (r"^\s*static\s+(?!constexpr|const\b|inline\s+constexpr|_?[Aa]ssert|[\w:<>,\s*&]+\()[\w:<>,\s*&]+\w+\s*(=|;|\{)",
     "no mutable statics"),
    (r"#\s*include\s*<(sys/socket|netinet|arpa|fstream|filesystem|thread|mutex)", "the core does no input or output"),
]
faults = 0
for folder in core:
    for path in sorted((root / "src" / folder).rglob("*.[ch]pp")):
        for number, line in enumerate(path.read_text().splitlines(), 1):
            code = line.split("//", 1)[0]
            for pattern, why in banned:
                if re.search(pattern, code):
                    print(f"{path.relative_to(root)}:{number}: {why}: {line.strip()}")
                    faults += 1
print(f"check_bans: {faults} faults")
sys.exit(1 if faults else 0)
