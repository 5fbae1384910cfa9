#!/usr/bin/env python3
"""Fails when a tagged path (`// @path rtp-in 2/8`) has a hole, a double, or too many files."""
import collections
import pathlib
import re
import sys

root = pathlib.Path(__file__).resolve().parent.parent
most_files = {"rtp-in": 8, "reply-out": 8, "invite-ai": 6}
steps = collections.defaultdict(list)
for path in sorted((root / "src").rglob("*.[ch]pp")):
    for number, line in enumerate(path.read_text().splitlines(), 1):
        for name, step, total in re.findall(r"@path ([a-z-]+) (\d+)/(\d+)", line):
            steps[name].append((int(step), int(total), path.relative_to(root), number))

faults = 0
for name, limit in most_files.items():
    found = sorted(steps.get(name, []))
    totals = {total for _, total, _, _ in found}
    numbers = [step for step, _, _, _ in found]
    if len(totals) != 1 or numbers != list(range(1, max(totals, default=0) + 1)):
        print(f"{name}: steps {numbers} of {sorted(totals)} have a hole or a double")
        faults += 1
    if len({path for _, _, path, _ in found}) > limit:
        print(f"{name}: more than {limit} files")
        faults += 1
    if "-v" in sys.argv:
        for step, total, path, number in found:
            print(f"{name} {step}/{total} {path}:{number}")
for name in steps.keys() - most_files.keys():
    print(f"{name}: not a known path")
    faults += 1
told = (root / "docs" / "life_of_a_call.md").read_text()
for found in steps.values():
    for _, _, path, _ in found:
        if str(path.relative_to("src").with_suffix("")) not in told:
            print(f"docs/life_of_a_call.md does not speak of {path}")
            faults += 1
print(f"check_paths: {faults} faults")
sys.exit(1 if faults else 0)
