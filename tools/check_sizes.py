#!/usr/bin/env python3
"""Sizes of files, functions, parameter lists and folders: warns, then fails (docs/ARCHITECTURE.md)."""
import pathlib
import re
import sys

root = pathlib.Path(__file__).resolve().parent.parent
limits = {".cpp": (300, 500), ".hpp": (150, 250)}
warned, failed = [], []


def note(value, limit, text):
    if value > limit[1]:
        failed.append(f"{text} (at most {limit[1]})")
    elif value > limit[0]:
        warned.append(text)


def functions(lines):
    """Yields (first line, length, parameters) of each function body that starts in column 0 or 2."""
    head = None
    for number, line in enumerate(lines, 1):
        if head is None:
            match = re.match(r"^( {0,2})(?!namespace|class|struct|enum|union|if|for|while|switch|return|case|using|//|#|\})"
                             r"[\w:~<].*\)\s*(const|noexcept|override|final|\s)*(->.*)?(: .*)?\{$", line)
            if match:
                head = (number, match.group(1), line)
        elif line.startswith(head[1] + "}"):
            yield head[0], number - head[0] + 1, head[2]
            head = None


for path in sorted((root / "src").rglob("*.[ch]pp")) + sorted((root / "espeak-helper").rglob("*.[ch]pp")):
    lines = path.read_text().splitlines()
    if "// @table" in "\n".join(lines[:12]):
        continue
    name = path.relative_to(root)
    note(len(lines), limits[path.suffix], f"{name}: {len(lines)} lines")
    for start, length, head in functions(lines):
        note(length, (40, 60), f"{name}:{start}: function of {length} lines")
for folder in sorted({p.parent for p in (root / "src").rglob("*.[ch]pp")}):
    count = len(list(folder.glob("*.cpp")))
    note(count, (25, 40), f"{folder.relative_to(root)}: {count} source files")
    top = root / "src" / folder.relative_to(root / "src").parts[0] / "README.md"
    if not top.exists():
        failed.append(f"{top.relative_to(root)} is missing")
    elif len(top.read_text().splitlines()) > 15:
        failed.append(f"{top.relative_to(root)}: more than 15 lines")
architecture = root / "docs" / "ARCHITECTURE.md"
if len(architecture.read_text().splitlines()) > 150:
    failed.append("docs/ARCHITECTURE.md: more than 150 lines")

for text in warned:
    print("warning:", text)
for text in failed:
    print("FAILED:", text)
print(f"check_sizes: {len(warned)} warnings, {len(failed)} faults")
sys.exit(1 if failed else 0)
