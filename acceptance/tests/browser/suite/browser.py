"""The browser, its contexts, and what goes on in a tab."""

import json
import os
from contextlib import contextmanager
from dataclasses import dataclass
from urllib.parse import urlsplit

WIDTHS = {1280: 900, 390: 844}
SCHEMES = ("light", "dark")
# No name but these is looked up.
OWN = ("127.0.0.1", "localhost")
# Pages tell what their policy refused.
LISTEN = """
window.__refused = [];
document.addEventListener('securitypolicyviolation', e => window.__refused.push(e.violatedDirective + ' ' + e.blockedURI));
"""


@dataclass
class Setup:
    chromium: str
    site: str
    names: dict
    # What somebody wrote who means harm; those of hostile.rs.
    texts: list
    screenshots: str
    # Where the server logs what it is asked, and of which database.
    log: str = ""
    database: str = ""

    @staticmethod
    def from_environment():
        return Setup(**json.loads(os.environ["BROWSER_SETUP"]))


class Browser:
    def __init__(self, playwright, setup):
        self.setup = setup
        self.site = setup.site
        self.names = setup.names
        self.playwright = playwright
        self.started = None

    @property
    def chromium(self):
        """Started when it is first wanted."""
        if self.started is None:
            self.started = self.start()
        return self.started

    def start(self):
        arguments = ["--host-resolver-rules=MAP * ~NOTFOUND, " + ", ".join(f"EXCLUDE {name}" for name in OWN)]
        return self.playwright.chromium.launch(
            executable_path=self.setup.chromium, args=arguments, chromium_sandbox=os.getuid() != 0
        )

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.started is not None:
            self.started.close()

    @contextmanager
    def tab(self, width=1280, scheme="light", script=True, hosts=OWN, zone=None):
        """A tab in a context of its own, whose reader is in that zone."""
        context = self.chromium.new_context(
            viewport={"width": width, "height": WIDTHS[width]},
            color_scheme=scheme,
            reduced_motion="reduce",
            is_mobile=width == 390,
            has_touch=width == 390,
            timezone_id=zone,
        )
        context.set_default_timeout(20_000)
        try:
            yield Tab(context, script, hosts)
        finally:
            context.close()


class Tab:
    """A tab, and what goes wrong in it. Without `script` pages run none, but the checks do, once a page is there."""

    def __init__(self, context, script, hosts):
        context.add_init_script(LISTEN)
        self.page = context.new_page()
        self.evaluate = self.page.evaluate
        self.script = script
        self.session = context.new_cdp_session(self.page)
        self.watch = Watch(self.page, hosts)

    def open(self, address):
        """The answer."""
        self.allow_script(self.script)
        answer = self.page.goto(address, wait_until="load")
        self.allow_script(True)
        return answer

    def allow_script(self, allowed):
        self.session.send("Emulation.setScriptExecutionDisabled", {"value": not allowed})

    def show(self, scheme):
        self.page.emulate_media(color_scheme=scheme, reduced_motion="reduce")


class Watch:
    """What a page said and asked for since it was last taken."""

    def __init__(self, page, hosts):
        self.hosts = hosts
        self.seen = []
        page.on("console", self.console)
        page.on("pageerror", lambda error: self.seen.append(("page error", str(error))))
        page.on("request", self.request)
        page.on("response", self.response)
        page.on("dialog", self.dialog)

    def console(self, message):
        if message.type not in ("error", "warning"):
            return
        # A request that failed is told by itself, with its status.
        if not message.text.startswith("Failed to load resource"):
            self.seen.append(("console", message.text))

    def request(self, request):
        address = urlsplit(request.url)
        if address.scheme in ("http", "https", "ws", "wss") and address.hostname not in self.hosts:
            self.seen.append(("foreign request", f"{address.scheme}://{address.netloc}"))

    def response(self, response):
        if response.status >= 400 and not response.request.is_navigation_request():
            self.seen.append(("failed request", f"{response.status} {urlsplit(response.url).path}"))

    def dialog(self, dialog):
        self.seen.append(("dialog", dialog.message))
        dialog.dismiss()

    def taken(self):
        seen, self.seen = list(dict.fromkeys(self.seen)), []
        return seen
