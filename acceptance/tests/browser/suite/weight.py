"""What pages cost: statements to the database, and bytes on the way."""

import gzip
import re
from urllib.error import HTTPError
from urllib.request import Request, urlopen

from listed import wanted

# What a session does around what it asks.
AROUND = re.compile(r"(BEGIN|COMMIT|ROLLBACK|SAVEPOINT|SET|DISCARD|SELECT 1\b|START)", re.IGNORECASE)


def look(browser, report, _script):
    told = []
    for page in wanted():
        address = browser.site + page.address(browser.names)
        cost, text = asked(browser, address)
        # What others do at the same time is not the page's.
        if len(cost) > page.statements:
            cost = min(cost, asked(browser, address)[0], key=len)
        plain, packed = len(text), len(gzip.compress(text))
        told.append(f"{page.name} {len(cost)} {plain} {packed}")
        if len(cost) > page.statements:
            report.fault(page.name, "weight", "statements", f"{len(cost)}: " + " | ".join(cost))
        if plain > page.weight[0] or packed > page.weight[1]:
            report.fault(page.name, "weight", "bytes", f"{plain}, packed {packed}")
    report.note("statements, bytes and bytes packed of each page:\n  " + "\n  ".join(told))


def asked(browser, address):
    """The statements that a page asks, and the page."""
    before = len(logged(browser))
    request = Request(address, headers={"Accept": "text/html,*/*;q=0.8", "Sec-Fetch-Mode": "navigate"})
    try:
        with urlopen(request) as answer:
            text = answer.read()
    except HTTPError as error:
        text = error.read()
    # The server writes its log before it answers.
    return logged(browser)[before:], text


def logged(browser):
    """The statements of the sessions that log them."""
    log = open(browser.setup.log, encoding="utf-8", errors="replace").read()
    mine = re.findall(rf"\] {re.escape(browser.setup.database)} LOG:  (?:statement|execute [^:]*): *([^\n]*)", log)
    return [statement for statement in mine if not AROUND.match(statement)]
