"""Every link of every page leads somewhere: asked for as a browser would, but without one."""

from collections import Counter
from urllib.error import HTTPError
from urllib.parse import parse_qsl, urljoin, urlsplit
from urllib.request import Request, urlopen

import html5lib

from listed import wanted

ATTRIBUTES = {"a": "href", "link": "href", "img": "src", "script": "src", "form": "action"}
# So many are asked for of those that differ only in what they ask for.
ALIKE = 3


def look(browser, report, _script):
    asked, alike = {}, Counter()
    for page in wanted():
        address = browser.site + page.address(browser.names)
        _, kind, text = answer(address)
        if not kind.startswith("text/html"):
            continue
        for link in links(address, text):
            parts = urlsplit(link)
            # What is refused may say where it was asked for.
            again = page.status >= 400 and parts.path == urlsplit(address).path
            names = [name for name, _ in parse_qsl(parts.query, keep_blank_values=True)]
            # Examples that wait would be waited for.
            if parts.netloc != urlsplit(browser.site).netloc or again or "wait" in names:
                continue
            shape = parts.path, tuple(sorted(names))
            if link not in asked and alike[shape] < ALIKE:
                alike[shape] += 1
                asked[link] = answer(link)[0]
            if asked.get(link, 200) >= 400 and not is_example(parts):
                report.fault(page.name, "links", "dead link", f"{asked[link]} {link.removeprefix(browser.site)}")
        for name in fragments(address, text):
            report.fault(page.name, "links", "dead link", f"nothing on the page is called #{name}")
    report.note(f"{len(asked)} links were followed")


def is_example(parts):
    """Whether it asks for the message of the documentation, which no other archive has."""
    return parts.path.endswith("/id") and "75f5e27d-6409-4481-8396-25ef69ed8177" in parts.query


def links(address, text):
    """Where a page leads, each once, without the parts of pages."""
    found = []
    for element in elements(text):
        value = element.get(ATTRIBUTES.get(element.tag, ""))
        if value is not None:
            found.append(urljoin(address, value).partition("#")[0])
    return dict.fromkeys(link for link in found if link.startswith("http"))


def fragments(address, text):
    """Parts of the page to which it leads and which are not there."""
    names = {element.get("id") for element in elements(text)}
    leads = [urljoin(address, element.get("href")).split("#", 1) for element in elements(text) if element.get("href")]
    return dict.fromkeys(part[1] for part in leads if len(part) == 2 and part[0] == address and part[1] not in names)


def elements(text):
    return html5lib.parse(text, namespaceHTMLElements=False).iter()


def answer(address):
    """Status, type and text."""
    request = Request(address, headers={"Accept": "text/html,*/*;q=0.8", "Sec-Fetch-Mode": "navigate"})
    try:
        with urlopen(request) as response:
            return response.status, response.headers.get("content-type", ""), response.read().decode("utf-8", "replace")
    except HTTPError as error:
        return error.code, error.headers.get("content-type", ""), error.read().decode("utf-8", "replace")
