"""What is wrong and known, each with a word why. The list only ever gets shorter: what is mended has to go."""

from dataclasses import dataclass
from fnmatch import fnmatchcase


@dataclass(frozen=True)
class Known:
    # Patterns of the run ("pages --script"), the page, the kind of fault and its detail.
    run: str
    page: str
    kind: str
    detail: str
    why: str

    def covers(self, page, kind, detail):
        return all(map(fnmatchcase, (page, kind, detail), (self.page, self.kind, self.detail)))


ALLOWED = []
