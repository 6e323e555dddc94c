"""Forms that make charts and widgets: what is chosen is shown at once, and by the button without script."""

from urllib.parse import parse_qsl, urlsplit

import checks

SOURCE = "() => document.querySelector('.made img.chart')?.src"
LOADED = "before => { const img = document.querySelector('.made img.chart'); return img && img.src !== before && img.complete && img.naturalWidth > 0 }"
GROUND = "() => getComputedStyle(document.querySelector('svg > rect')).fill"
ROWS = "count => document.querySelectorAll('.live .message-card').length === count"


def look(browser, report, _script):
    cases = {"live": live, "completed": completed, "refused": refused, "plain": plain, "schemes": schemes, "widget": widget}
    for name, case in cases.items():
        with browser.tab(script=name != "plain") as tab:
            for detail in case(browser, tab):
                report.fault("builders", name, "form", detail)
            for kind, detail in tab.watch.taken() + checks.refused(tab):
                # What is refused is told by a page that says so.
                if name != "refused" or kind != "failed request":
                    report.fault("builders", name, kind, detail)


def live(browser, tab):
    """Each control changes the address and the picture."""
    page, category = tab.page, browser.names["category"]
    tab.open(f"{browser.site}/charts/")
    for details in page.locator("form.builder summary").all():
        details.click()
    for what, change, expected in (
        ("kind", lambda: page.locator(".kinds label", has_text="dot").click(), ("kind", "dot")),
        ("filter", lambda: page.locator("[name=category]").first.fill(f" {category} "), ("category", category)),
        ("time", lambda: page.locator("[name=delta]").select_option("604800"), ("delta", "604800")),
        ("align", lambda: page.locator("[name=align]").select_option("5"), ("N", "5")),
        ("split", lambda: page.locator("[name=split_on][value=categories]").check(), ("split_on", "categories")),
        ("title", lambda: page.locator("[name=title]").fill("Ours"), ("title", "Ours")),
        ("style", lambda: page.locator("[name=style]").select_option("neon"), ("style", "neon")),
        ("tick", lambda: page.locator("[name=show_y_labels]").check(), ("show_y_labels", "false")),
    ):
        before = tab.evaluate(SOURCE)
        change()
        page.wait_for_function(LOADED, arg=before)
        if expected not in parse_qsl(urlsplit(page.url).query):
            yield f"{what}: {expected} is not in {page.url}"
        if before.rsplit("?", 1)[1] == tab.evaluate(SOURCE).rsplit("?", 1)[1] and what != "kind":
            yield f"{what}: the picture is as before"
    if page.locator("[name=category]").count() != 2:
        yield "there is no field for another category"
    shown, codes = tab.evaluate(SOURCE), page.locator("pre.code").all_inner_texts()
    if len(codes) != 3 or not all(shown in code.replace("&amp;", "&") for code in codes):
        yield f"{shown} is not in {codes}"


def completed(browser, tab):
    """Names are offered while one is typed, topics as pages show them, too."""
    page, topic = tab.page, browser.names["topic"]
    tab.open(f"{browser.site}/charts/")
    for typed in (topic[:8], topic.split(".", 3)[-1][:6]):
        page.locator("[name=topic]").first.fill("")
        page.locator("[name=topic]").first.fill(typed)
        page.wait_for_timeout(600)
        offered = tab.evaluate("() => [...document.querySelectorAll('#names option')].map(option => option.value)")
        if topic not in offered:
            yield f"{typed} is not completed to {topic}, but to {offered}"


def refused(browser, tab):
    """A value that cannot be is told, its field marked, and what was chosen stays."""
    page = tab.page
    tab.open(f"{browser.site}/charts/?kind=dot")
    page.locator("[name=start]").fill("soon")
    page.locator("#fault").wait_for()
    if "start must be" not in page.locator("#fault").inner_text() or not page.locator("[name=start][aria-invalid]").count():
        yield "the field is not named"
    page.locator("[name=start]").fill("2024-05-01")
    page.wait_for_function(LOADED, arg="")
    if page.locator("[aria-invalid]").count() or "start=2024-05-01" not in page.url or "kind=dot" not in page.url:
        yield f"is not mended at {page.url}"


def plain(browser, tab):
    """Without script the button leads to a clean address."""
    page = tab.page
    tab.open(f"{browser.site}/charts/")
    page.locator("[name=user]").first.fill(f" {browser.names['user']}")
    tab.allow_script(False)
    page.locator("form.builder button").click()
    page.wait_for_load_state("load")
    tab.allow_script(True)
    if parse_qsl(urlsplit(page.url).query) != [("user", browser.names["user"])]:
        yield f"leads to {page.url}"
    if not tab.evaluate(SOURCE):
        yield "there is no picture"


def schemes(browser, tab):
    """A picture follows dark mode by its sheet of styles, which its policy allows, and others do not."""
    grounds = {}
    for style in ("auto", "clean"):
        tab.open(f"{browser.site}/charts/bar?style={style}")
        for scheme in ("light", "dark"):
            tab.show(scheme)
            grounds[style, scheme] = tab.evaluate(GROUND)
    if grounds["auto", "light"] == grounds["auto", "dark"] or grounds["clean", "light"] != grounds["clean", "dark"]:
        yield f"the ground is {grounds}"


def widget(browser, tab):
    """The widget is there, and so is its code, as they are asked for."""
    page = tab.page
    tab.open(f"{browser.site}/widget/?rows_per_page=3")
    page.wait_for_function(ROWS, arg=3)
    page.locator("[name=rows_per_page]").fill("4")
    page.wait_for_function(ROWS, arg=4)
    if 'data-rows_per_page="4"' not in page.locator("pre.code").inner_text() or "rows_per_page=4" not in page.url:
        yield f"the code is not that of {page.url}"
