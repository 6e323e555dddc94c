"""Who searches by hand: forms lead to clean addresses, with script and without, and bars are read and chosen."""

import json
from urllib.parse import parse_qsl, urlencode, urlsplit
from urllib.request import urlopen

IDS = """() => [...document.querySelectorAll('.list-group-item')].map(row =>
  [...row.querySelectorAll('a')].map(a => new URL(a.href)).filter(u => /\\/id\\/?$/.test(u.pathname)).map(u => u.searchParams.get('id'))[0])"""
MONTH = "delta=2592000"


def look(browser, report, _script):
    for script in (True, False):
        with browser.tab(script=script) as tab:
            for detail in filled(browser, tab):
                report.fault("/raw", "with script" if script else "without script", "form", detail)
            for detail in told(browser, tab):
                report.fault("/raw", "with script" if script else "without script", "JSON", detail)
    with browser.tab() as tab:
        for detail in chosen(browser, tab):
            report.fault("/raw", "bars", "bars", detail)
        for detail in more(browser, tab):
            report.fault("/raw", "more", "more", detail)


def filled(browser, tab):
    """What is wrong after filters were added one by one, turned and removed."""
    names = browser.names
    tab.open(f"{browser.site}/raw?{MONTH}")
    expected = [("delta", "2592000")]
    for field, op, value in (("user", "is", names["user"]), ("package", "not", names["package"])):
        add(tab, field, op, f"  {value} ")
        expected.append((field if op == "is" else f"not_{field}", value))
        yield from differs(browser, tab, expected)
    # A blank adds nothing.
    add(tab, "topic", "is", "   ")
    yield from differs(browser, tab, expected)
    follow(tab, tab.page.locator(".chip.not .word"))
    yield from differs(browser, tab, [*expected[:-1], ("package", names["package"])])
    follow(tab, tab.page.locator(".chip .off").first)
    yield from differs(browser, tab, [expected[0], ("package", names["package"])])
    # A time that is given goes along, in the place of its length; what is left alone stays to the microsecond.
    add(tab, "user", "not", names["user"], start="2020-05-01T00:00")
    expected = [("package", names["package"]), ("not_user", names["user"]), ("start", "2020-05-01T00:00")]
    yield from differs(browser, tab, expected)
    times = [("start", "2020-05-01T00:00:01.5"), ("end", "2099-01-01T00:00:00")]
    tab.open(f"{browser.site}/raw?{urlencode(times)}")
    add(tab, "category", "is", "bodhi")
    yield from differs(browser, tab, [*times, ("category", "bodhi")])


def more(browser, tab):
    """What is wrong about how many rows there are said to be."""
    tab.open(f"{browser.site}/raw?rows_per_page=7")
    tab.page.locator("button.more").click()
    tab.page.wait_for_function("() => document.querySelectorAll('.list-group-item').length === 14")
    said = tab.page.locator("p.total").first.inner_text()
    if "1 to 14" not in said:
        yield f"{said!r}, and there are 14 rows"


def told(browser, tab):
    """What is wrong about the JSON that a page behind the first leads to."""
    tab.open(f"{browser.site}/raw?{MONTH}&rows_per_page=7")
    for _ in range(2):
        follow(tab, tab.page.locator("a[rel~=next]"))
    with urlopen(tab.page.locator(".overview > .tools a", has_text="JSON").first.evaluate("a => a.href")) as answer:
        ids = [message["msg_id"] for message in json.load(answer)["raw_messages"]]
    if tab.evaluate(IDS) != ids:
        yield f"other messages than the page has: {ids}"


def add(tab, field, op, value, start=None):
    page = tab.page
    if not page.locator("form.add").is_visible():
        page.locator(".narrow summary").click()
    page.locator("form.add [name=field]").select_option(field)
    page.locator("form.add [name=op]").select_option(op)
    page.locator("form.add [name=value]").fill(value)
    if start:
        page.locator("form.add [name=new_start]").fill(start)
    follow(tab, page.locator("form.add button"))


def follow(tab, control):
    tab.allow_script(tab.script)
    control.click()
    tab.page.wait_for_load_state("load")
    tab.allow_script(True)


def differs(browser, tab, expected):
    """The address has to be the clean query, and the rows those of the JSON."""
    asked = urlsplit(tab.page.url)
    if parse_qsl(asked.query, keep_blank_values=True) != expected:
        yield f"{asked.query} and not {expected}"
    with urlopen(f"{browser.site}{asked.path}?{asked.query}") as answer:
        ids = [message["msg_id"] for message in json.load(answer)["raw_messages"]]
    if tab.evaluate(IDS) != ids:
        yield f"other rows than the JSON has, at {asked.query}"


def chosen(browser, tab):
    """What is wrong when bars are pointed at, drawn over and clicked."""
    page = tab.page
    tab.open(f"{browser.site}/raw?{MONTH}")
    box = page.locator("svg.bars").bounding_box()
    counts = tab.evaluate("() => [...document.querySelectorAll('.numbers tbody tr')].map(r => [r.cells[0].textContent, r.cells[1].textContent])")
    middle = lambda number: (box["x"] + (number + 0.5) * box["width"] / len(counts), box["y"] + box["height"] / 2)
    page.mouse.move(*middle(10))
    told = page.locator(".pointed").inner_text()
    if told != f"{counts[10][0]}: {counts[10][1]}":
        yield f"{told!r} is told of {counts[10]}"
    page.mouse.down()
    page.mouse.move(*middle(20))
    told = page.locator(".pointed").inner_text()
    page.mouse.up()
    page.wait_for_url("**start=*")
    total = page.locator(".total strong").first.inner_text()
    if f"{told.rsplit(' ', 1)[1]} message" not in total:
        yield f"{told!r} was drawn over, and there are {total}"
    times = dict(parse_qsl(urlsplit(page.url).query))
    if not times["start"] < times["end"] or "delta" in times:
        yield f"leads to {page.url}"


def news(browser, tab, until):
    """What is wrong about what comes while a page is looked at; `until` waits for more messages."""
    page = tab.page
    page.clock.install()
    tab.open(f"{browser.site}/raw?rows_per_page=10")
    rows, place = tab.evaluate(IDS), tab.evaluate("scrollY")
    until()
    page.clock.fast_forward(11_000)
    page.locator("p.new a").wait_for()
    told = page.locator("p.new a").inner_text()
    if not told.split()[0].isdigit() or not told.endswith("new messages") or not page.title().startswith("("):
        yield f"{told!r} is told, and {page.title()!r}"
    if tab.evaluate(IDS) != rows or tab.evaluate("scrollY") != place:
        yield "rows have moved"
    page.locator("p.new a").click()
    page.wait_for_load_state("load")
    if rows[0] == tab.evaluate(IDS)[0]:
        yield "what is new is not shown"
