"""While fifty messages arrive each second: who goes from page to page sees each message once, and none is left out."""

import json
import time
from urllib.parse import parse_qs, quote, urljoin, urlsplit
from urllib.request import Request, urlopen

import html5lib

from searching import news

PAGES = 20
ROWS = 10

IDS = """() => [...document.querySelectorAll('.list-group-item')].map(row =>
  [...row.querySelectorAll('a')].map(a => new URL(a.href)).filter(u => /\\/id\\/?$/.test(u.pathname)).map(u => u.searchParams.get('id'))[0])"""
NEXT = "a[rel~=next]"
TOP = "() => [...document.querySelectorAll('.list-group-item')].findIndex(row => row.getBoundingClientRect().bottom > 0)"


def look(browser, report, _script):
    # Without script a page is what was sent.
    with browser.tab() as tab:
        for path, walker in (("/raw", Tabbed(tab)), ("/v2/search", Sent())):
            for kind, detail in walk(browser, walker, path):
                report.fault(path, type(walker).__name__.lower(), kind, detail)
    with browser.tab() as tab:
        for detail in news(browser, tab, lambda: time.sleep(2)):
            report.fault("/raw", "news", "news", detail)
    with browser.tab(width=390) as tab:
        for kind, detail in back(browser, tab):
            report.fault("/raw", "back", kind, detail)


class Tabbed:
    """Goes from page to page in a tab."""

    def __init__(self, tab):
        self.tab = tab

    def open(self, address):
        self.tab.open(address)
        self.address = self.tab.page.url

    def rows(self):
        return self.tab.evaluate(IDS)

    def next(self):
        return self.tab.page.locator(NEXT).first.get_attribute("href")


class Sent:
    """Goes from page to page by what is sent."""

    def open(self, address):
        with urlopen(Request(address, headers={"Accept": "text/html"})) as answer:
            self.tree = html5lib.parse(answer, namespaceHTMLElements=False)
        self.address = address

    def rows(self):
        rows = (row for row in self.tree.iter() if "list-group-item" in (row.get("class") or "").split())
        return [next(filter(None, map(identifier, row.iter("a"))), None) for row in rows]

    def next(self):
        return next(a.get("href") for a in self.tree.iter("a") if "next" in (a.get("rel") or "").split())


def identifier(link):
    parts = urlsplit(link.get("href") or "")
    return parse_qs(parts.query).get("id", [None])[0] if parts.path.rstrip("/").endswith("/id") else None


def walk(browser, walker, path):
    walker.open(f"{browser.site}{path}?rows_per_page={ROWS}")
    seen = []
    for number in range(1, PAGES + 1):
        ids = walker.rows()[:ROWS]
        if len(ids) != ROWS or None in ids:
            return [("rows", f"page {number} has {len(ids)} rows and {ids.count(None)} without link")]
        seen += ids
        if number < PAGES:
            walker.open(urljoin(walker.address, walker.next()))
    if len(seen) > len(set(seen)):
        return [("again", "messages are on several pages")]
    expected = those_since(browser, seen[0])[: len(seen)]
    return [("left out", "messages are on no page")] if expected != seen else []


def those_since(browser, first):
    """The ids of the archive from this message on, the newest first."""
    ids = []
    end = asked(browser, f"/v2/id?id={first}")["headers"]["sent-at"]
    for page in range(1, 1 + (PAGES + 10) * ROWS // 100):
        answer = asked(browser, f"/raw?rows_per_page=100&page={page}&start=1&end={quote(end)}")
        ids += [message["msg_id"] for message in answer["raw_messages"]]
    return ids[ids.index(first):]


def asked(browser, path):
    with urlopen(browser.site + path) as answer:
        return json.load(answer)


def back(browser, tab):
    """Who reads far down, looks at a message and comes back is where he was, give or take a row."""
    tab.open(f"{browser.site}/raw?rows_per_page={ROWS}")
    for _ in range(4):
        more = tab.page.get_by_role("button", name="Show more")
        if more.count():
            more.first.click()
        # Other things may stand below the last row.
        tab.evaluate("() => [...document.querySelectorAll('.list-group-item')].at(-1).scrollIntoView()")
        tab.page.wait_for_timeout(400)
    rows = tab.evaluate(IDS)
    place = tab.evaluate(TOP)
    link = tab.page.locator(".list-group-item").nth(place).locator("a[href*='id?id=']").first
    link.evaluate("a => a.click()")
    tab.page.wait_for_url("**/id?id=*")
    tab.page.go_back(wait_until="load")
    tab.page.wait_for_timeout(400)
    now = tab.evaluate(IDS)
    if rows[place] not in now:
        return [("back", "the row is not there any more")]
    moved = abs(now.index(rows[place]) - tab.evaluate(TOP))
    return [("back", f"at another row, {moved} away")] if moved > 1 else []
