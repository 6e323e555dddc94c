"""Looks at grepper's pages in a browser: `python suite GROUP`, with what it runs against in BROWSER_SETUP.

Ends with 1, and tells page by page what was wrong, unless allowed.py knows all of it.
"""

import importlib
import sys
import time

from playwright.sync_api import sync_playwright

from browser import Browser, Setup
from report import Report


def main(arguments):
    group, options = arguments[0], arguments[1:]
    began = time.monotonic()
    report = Report(" ".join(arguments))
    with sync_playwright() as playwright:
        with Browser(playwright, Setup.from_environment()) as browser:
            importlib.import_module(group).look(browser, report, "--script" in options)
    return report.tell(time.monotonic() - began)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
