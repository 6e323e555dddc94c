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


ALLOWED = [
    Known("pages*", "*", "foreign request", "https://*", "cards show icons and avatars of others"),
    Known("hostile", "*", "foreign request", "https://*", "cards show icons and avatars of others"),
    Known("widget", "*", "foreign request", "https://*", "cards show icons and avatars of others"),
    Known("widget", "*policy", "console", "Loading the image 'https://*", "cards show icons and avatars of others"),
    Known("pages*", "search*", "axe", "landmark-unique*", "two navs without names"),
    Known("pages --script", "search*", "first row", "at *", "the form is the page"),
    Known("pages*", "search-contains-alone", "axe", "landmark-one-main*", "refusals have no frame"),
    Known("pages*", "search-contains-alone", "axe", "region*", "refusals have no frame"),
    Known("pages*", "*", "no page", "application/json", "refusals have no frame"),
    Known("hostile", "*", "reads", "U+*", "marks of direction and of control are shown as they are"),
    Known("widget", "own-styles", "styles", "*", "the widget's old names of classes are gone"),
    Known("widget", "dark", "axe", "color-contrast*", "links of the widget have the browser's colour"),
    Known("widget", "*", "widget", "says nothing", "the widget has no words for nothing"),
    Known("widget", "*", "left over", "datagrepper", "a request that fails leaves its function"),
    Known("paging", "/*", "again", "*", "pages are numbers"),
    Known("paging", "/raw", "back", "*", "what was scrolled to is not in the address"),
]
