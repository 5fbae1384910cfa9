#!/usr/bin/env python3
"""Fails when a file of src/ includes a folder that layers.txt does not allow it."""
import pathlib
import re
import sys

root = pathlib.Path(__file__).resolve().parent.parent
allowed = {}
for line in (root / "layers.txt").read_text().splitlines():
    if line and not line.startswith("#"):
        folder, deps = line.split(":", 1)
        allowed[folder] = {folder, *deps.split()}

faults = 0
for path in sorted((root / "src").rglob("*.[ch]pp")):
    folder = path.relative_to(root / "src").parts[0]
    if folder not in allowed:
        print(f"{path.relative_to(root)}: folder {folder} is not in layers.txt")
        faults += 1
        continue
    for number, line in enumerate(path.read_text().splitlines(), 1):
        match = re.match(r'\s*#\s*include\s+"([^"/]+)/', line)
        if match and match.group(1) in allowed and match.group(1) not in allowed[folder]:
            print(f"{path.relative_to(root)}:{number}: {folder} may not include {match.group(1)}")
            faults += 1
print(f"check_layers: {faults} faults")
sys.exit(1 if faults else 0)
