"""The widget on sites of others: another origin, with their styles and their policies."""

from functools import partial
from urllib.parse import urlsplit

import checks
from host import Host

# How long a widget may take to show something, in ms.
PATIENCE = 8000

FILLED = "count => document.querySelectorAll('.list-group-item').length >= count"
SAYS = "() => [...document.querySelectorAll('[id=datagrepper-widget]:not(script), .datagrepper-widget')].some(e => e.innerText.trim())"
LEFT_OVER = "() => Object.keys(window).filter(name => name.startsWith('datagrepper'))"
LINKS = """() => [...document.querySelectorAll('.list-group-item a')]
  .filter(a => !/^https?:$/.test(a.protocol)).map(a => a.href)"""


def page(body, style="", headers=None):
    icon = '<link rel="icon" href="data:,">'
    text = f'<!DOCTYPE html><html lang="en"><head><title>Host</title>{icon}{style}</head><body><main><h1>Host</h1>{body}</main></body></html>'
    return headers or {}, text


def widget(site, attributes="", query="", rows=3):
    return f'<script src="{site}/widget.js{query}" data-rows_per_page="{rows}" {attributes}></script>'


def look(browser, report, _script):
    cases = Cases(browser)
    with Host(cases.pages()) as host:
        for name, case in cases.all().items():
            with browser.tab(width=1280) as tab:
                tab.open_case = partial(tab.open, host.address + f"/{name}")
                found = case(tab) + generally(tab)
            for kind, detail in found:
                report.fault(name, "widget", kind, detail)


def generally(tab):
    """What holds wherever a widget is."""
    found = [("left over", name.rstrip("0123456789_")) for name in tab.evaluate(LEFT_OVER)]
    found += [("leads", address) for address in tab.evaluate(LINKS)]
    return found + tab.watch.taken()


class Cases:
    """Hosts, and what is to be seen there."""

    def __init__(self, browser):
        self.site = browser.site
        self.user = browser.names["user"].replace('"', "&quot;")

    def pages(self):
        site, of = self.site, partial(widget, self.site)
        with_id = 'id="datagrepper-widget"'
        dark = "<style>body { background: #000; color: #eee }</style>"
        own = '<style nonce="n">#datagrepper-widget .message-card { padding: 7px } #datagrepper-widget .datetime { color: rgb(1, 2, 3) }</style>'
        policy = f"default-src 'none'; script-src {site}; style-src {site}; img-src {site} data:; connect-src {site}"
        old_policy = f"default-src 'none'; script-src {site}; style-src {site}; img-src {site} data:"
        yield "/with-id", page(of(with_id, "?css=true"))
        yield "/without-id", page(of())
        yield "/async", page(of("async " + with_id))
        yield "/two", page(of(with_id, "?css=true") + "<p>between</p>" + of(f'data-user="{self.user}"', "?css=true", rows=4))
        yield "/dark", page(of(with_id, "?css=true"), dark)
        yield "/own-styles", page(of(with_id), own)
        yield "/policy", page(of(with_id, "?css=true"), headers={"Content-Security-Policy": policy})
        yield "/old-policy", page(of(with_id, "?css=true"), headers={"Content-Security-Policy": old_policy})
        yield "/nobody", page(of(with_id + ' data-user="nobody-is-called-so"'))
        yield "/refused", page(of(with_id, rows="many"))
        yield "/away", page(of(with_id))

    def all(self):
        return {
            "with-id": self.shows,
            "without-id": self.shows_without_styles,
            "async": self.shows,
            "two": self.shows_two,
            "dark": self.can_be_read,
            "own-styles": self.takes_styles,
            "policy": self.shows,
            "old-policy": self.falls_back,
            "nobody": self.says,
            "refused": self.says,
            "away": self.says_away,
        }

    def shows(self, tab, count=3):
        tab.open_case()
        return waited(tab, FILLED, f"shows no {count} messages", count)

    def shows_without_styles(self, tab):
        found = self.shows(tab)
        sheets = tab.evaluate("() => document.styleSheets.length")
        return found + ([("styles", "there are some, which nobody asked for")] if sheets else [])

    def shows_two(self, tab):
        found = self.shows(tab, 7)
        # One has its messages above the text between them, the other below it.
        above = tab.evaluate("""() => {
          const between = document.querySelector('p').getBoundingClientRect().top;
          return [...document.querySelectorAll('.list-group-item')].filter(e => e.getBoundingClientRect().top < between).length;
        }""")
        return found + ([("order", f"{above} messages are above and not 3")] if above != 3 else [])

    def can_be_read(self, tab):
        return self.shows(tab) + checks.axe(tab, ["color-contrast"])

    def takes_styles(self, tab):
        found = self.shows(tab)
        styled = """() => {
          const of = (name, property) => { const e = document.querySelector(name); return e && getComputedStyle(e)[property]; };
          return [of('.message-card', 'paddingTop'), of('.datetime', 'color')];
        }"""
        taken = tab.evaluate(styled)
        return found + ([("styles", f"those for .message-card and .datetime have no effect: {taken}")] if taken != ["7px", "rgb(1, 2, 3)"] else [])

    def falls_back(self, tab):
        found = self.shows(tab)
        # The policy says so of the first attempt.
        tab.watch.seen = [(kind, detail) for kind, detail in tab.watch.seen if "connect-src" not in detail and "Fetch API" not in detail]
        return found

    def says(self, tab):
        tab.open_case()
        found = waited(tab, SAYS, "says nothing")
        tab.watch.seen = [(kind, detail) for kind, detail in tab.watch.seen if kind != "failed request"]
        return found

    def says_away(self, tab):
        tab.page.route(lambda address: urlsplit(address).path.endswith("/v2/search"), lambda route: route.abort())
        return self.says(tab)


def waited(tab, condition, otherwise, argument=None):
    try:
        tab.page.wait_for_function(condition, arg=argument, timeout=PATIENCE)
    except Exception as error:  # playwright's timeouts
        if "Timeout" not in type(error).__name__:
            raise
        return [("widget", otherwise)]
    return []
