"""What was wrong, and whether that is known."""

import os
from collections import defaultdict
from fnmatch import fnmatchcase

from allowed import ALLOWED


class Report:
    def __init__(self, run):
        self.run = run
        self.faults = defaultdict(list)
        self.allowed = [known for known in ALLOWED if fnmatchcase(run, known.run)]
        self.used = set()
        self.notes = []

    def fault(self, page, mode, kind, detail):
        """`kind` is a word or two, `detail` says where and what."""
        for known in self.allowed:
            if known.covers(page, kind, detail):
                self.used.add(known)
                return
        modes = self.faults[page, kind, detail]
        if mode not in modes:
            modes.append(mode)

    def note(self, text):
        self.notes.append(text)

    def tell(self, seconds):
        for (page, kind, detail), modes in self.faults.items():
            print(f"FAULT {page} [{', '.join(modes)}] {kind}: {detail}")
        # What is mended has to go from the list; a part of the pages tells nothing about that.
        stale = [] if os.environ.get("BROWSER_PAGES") else [known for known in self.allowed if known not in self.used]
        for known in stale:
            print(f"FAULT allowed.py: this is over, take it out: {known}")
        for text in self.notes:
            print(f"note: {text}")
        used = f", {len(self.used)} kinds of known ones" if self.used else ""
        print(f"{self.run}: {len(self.faults)} faults{used}, {seconds:.1f} s")
        return 1 if self.faults or stale else 0
