"""Every page at both widths, light and dark, with script or without: nothing is wrong, and pictures of all."""

import os
from pathlib import Path

import checks
import validity
from browser import SCHEMES, WIDTHS
from listed import wanted

# axe takes most of the time. It looks at four of the eight ways, in which any two of width, scheme and script come
# together; with BROWSER_ALL at each, and then pictures are of whole pages.
ALL = "BROWSER_ALL" in os.environ


def look(browser, report, script):
    pictures = Path(browser.setup.screenshots)
    pictures.mkdir(parents=True, exist_ok=True)
    for width in WIDTHS:
        with browser.tab(width=width, script=script) as tab:
            for page in wanted():
                look_at(browser, report, tab, page, width)
    report.note(f"pictures are in {pictures.resolve()}")


def look_at(browser, report, tab, page, width):
    words = "script" if tab.script else "plain"

    def tell(faults, scheme="light"):
        for kind, detail in faults:
            report.fault(page.name, f"{width} {scheme} {words}", kind, detail)

    tab.show("light")
    address = page.address(browser.names)
    answer = tab.open(browser.site + address)
    if answer.status != page.status:
        tell([("status", f"{answer.status} and not {page.status} at {address}")])
    kind = answer.headers.get("content-type", "")
    if not kind.startswith("text/html"):
        tell([("no page", kind)])
        tab.watch.taken()
        return
    if width == 1280 and tab.script:
        tell(validity.faults(answer.text()))
    tell(checks.sideways(tab))
    if page.rows:
        tell(checks.first_row(tab))
    for scheme in SCHEMES:
        tab.show(scheme)
        if ALL or (scheme == "light") == ((width == 1280) == tab.script):
            tell(checks.axe(tab), scheme)
        name = f"{page.name}-{width}-{scheme}-{words}.png"
        tab.page.screenshot(path=Path(browser.setup.screenshots) / name, full_page=ALL)
    tell(checks.refused(tab))
    tell(tab.watch.taken())
