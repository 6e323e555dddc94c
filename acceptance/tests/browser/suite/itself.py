"""The suite over pages that have a fault each: a check that sees nothing is none."""

import checks
import hostile
import validity
from host import Host

HEAD = '<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><title>Page</title></head><body><main><h1>Page</h1>'
POLICY = {"Content-Security-Policy": "img-src 'none'"}

# What is in a page, and the kinds of faults that have to be seen in it.
PAGES = {
    "sound": ("<p>Nothing is wrong.</p>", []),
    "wide": ('<div style="width: 3000px">wide</div>', ["sideways"]),
    "low": ('<div style="height: 500px"></div><ul><li class="list-group-item">row</li></ul>', ["first row"]),
    "none": ("<p>no row</p>", ["first row"]),
    "pale": ('<p style="color: #ccc; background: #fff">pale</p>', ["axe"]),
    "nameless": ('<img src="/sound.png">', ["axe", "failed request"]),
    "unclosed": ("<p><b>bold</p><p>more</p>", ["html"]),
    "nested": ('<a href="/"><button>in a link</button></a>', ["html"]),
    "twice": ('<p id="a"></p><p id="a"></p>', ["html"]),
    "console": ("<script>console.error('oh')</script>", ["console"]),
    "throws": ("<script>throw new Error('oh')</script>", ["page error"]),
    "foreign": ('<img alt="" src="http://other.example/a.png">', ["foreign request"]),
    "refused": ('<img alt="" src="/a.png">', ["policy", "console"]),
    "ran": ("<script>window.__xss = 1</script>", ["ran"]),
    "dialog": ("<script>setTimeout(() => alert(1))</script>", ["dialog"]),
    "leads": ('<a href="javascript:void 0">here</a>', ["leads"]),
    "handler": ('<p onclick="void 0">here</p>', ["leads"]),
    "control": ("<p>a\u0007b</p>", ["reads"]),
    "turned": ('<p>\u202e1<span>this is turned around</span></p>', ["reads"]),
}


def look(browser, report, _script):
    pages = {f"/{name}": (POLICY if name == "refused" else {}, HEAD + text + "</main></body></html>") for name, (text, _) in PAGES.items()}
    with Host(pages) as host, browser.tab(width=390) as tab:
        for name, (_, expected) in PAGES.items():
            answer = tab.open(f"{host.address}/{name}")
            tab.page.wait_for_timeout(50)
            seen = validity.faults(answer.text()) + checks.axe(tab) + checks.sideways(tab) + hostile.document(tab)
            seen += checks.refused(tab) + tab.watch.taken()
            if "first row" in expected:
                seen += checks.first_row(tab)
            for kind in expected:
                if kind not in {kind for kind, _ in seen}:
                    report.fault(name, "itself", "not seen", kind)
            if name == "sound":
                for kind, detail in seen:
                    report.fault(name, "itself", kind, detail)
        with browser.tab(script=False) as plain:
            plain.open(f"{host.address}/ran")
            if plain.evaluate(hostile.RAN):
                report.fault("ran", "plain", "not seen", "script ran where there is none")
