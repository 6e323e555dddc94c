"""The pages that are looked at. Another page is another line here.

In a path, {user} and the like become what the archive has; see names() in archives.rs.
"""

import os
from dataclasses import dataclass
from string import Formatter
from urllib.parse import quote


@dataclass(frozen=True)
class Page:
    # Begins the names of its pictures.
    name: str
    path: str
    status: int = 200
    # Whether messages are what it is for: then the first of them has to be in sight.
    rows: bool = False
    # So many statements it may ask the database.
    statements: int = 7
    # Bytes that it may have, and bytes as they are sent.
    weight: tuple[int, int] = (60_000, 15_000)

    def is_of_messages(self):
        """Whether what is on it depends on what the archive has."""
        return self.rows or "{" in self.path or self.path == "/" or self.path.endswith("s/")

    def address(self, names):
        fields = {field for _, field, _, _ in Formatter().parse(self.path) if field}
        return self.path.format(**{field: quote(names[field], safe="") for field in fields})


PAGES = [
    # Lists are found again after a minute, by four or five statements each.
    Page("home", "/"),
    Page("topics", "/topics/", weight=(130_000, 15_000)),
    Page("topics-sifted", "/topics/?q=build&sort=last"),
    Page("categories", "/categories/"),
    Page("packages", "/packages/?days=30", weight=(130_000, 15_000)),
    Page("users", "/users/", weight=(130_000, 15_000)),
    Page("search", "/raw", rows=True),
    Page("search-user", "/raw?user={user}&delta=2592000", rows=True),
    Page("search-filters", "/v2/search?category={category}&topic={topic}&not_user={user}&not_package={package}&order=asc", rows=True),
    Page("search-large", "/v2/search?package={package}&size=extra-large&rows_per_page=1", rows=True),
    Page("search-second", "/raw?page=2&rows_per_page=20&size=small", rows=True),
    Page("search-nothing", "/raw?user=nobody-is-called-so&category={category}", statements=10),
    Page("search-past-the-end", "/raw?page=999&category={category}"),
    Page("search-refused", "/raw?start=yesterday&user={user}", status=400),
    Page("search-contains-alone", "/raw?contains={package}", status=400),
    Page("message", "/v2/id?id={id}&is_raw=true&size=extra-large"),
    Page("message-old-form", "/id?id={id}"),
    Page("message-unknown", "/v2/id?id=no-message-has-it", status=404),
    Page("find", "/find"),
    Page("find-nothing", "/find?q=nothing-is-called-so", statements=21),
    Page("road", "/v2/road?nvr={nvr}"),
    Page("name-package", "/packages/{package}", statements=20, weight=(130_000, 15_000)),
    Page("name-user", "/users/{user}", weight=(130_000, 15_000)),
    Page("name-topic", "/topics/{topic}", weight=(130_000, 15_000)),
    Page("name-category", "/categories/{category}", weight=(130_000, 15_000)),
    Page("name-unknown", "/packages/nobody-is-called-so", status=404),
    Page("index", "/index/"),
    Page("reference", "/reference/", weight=(90_000, 25_000)),
    Page("charts", "/charts/"),
    Page("widget", "/widget/"),
    Page("contributing", "/contributing/"),
    Page("nowhere", "/there/is/no/such/page", status=404),
]


def wanted(pages=PAGES):
    """All, or those whose names begin with a word of BROWSER_PAGES."""
    words = os.environ.get("BROWSER_PAGES", "").split()
    return [page for page in pages if not words or page.name.startswith(tuple(words))]
