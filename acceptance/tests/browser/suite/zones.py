"""Times in UTC, as pages come, or in the zone of who reads, which is remembered from page to page."""

from datetime import datetime
from zoneinfo import ZoneInfo

# On both sides of UTC, one with half an hour.
ZONES = ("Asia/Kolkata", "America/Los_Angeles")
ROWS = 100
TOLD = """() => [...document.querySelectorAll('main time[datetime][data-shows]')].map(
  time => [time.dataset.shows, time.dateTime, time.textContent])"""


def look(browser, report, _script):
    for zone in ZONES:
        with browser.tab(zone=zone) as tab:
            for detail in [*switched(browser, tab, ZoneInfo(zone)), *tab.watch.taken()]:
                report.fault("zones", zone, "zone", str(detail))


def switched(browser, tab, zone):
    tab.open(f"{browser.site}/raw?rows_per_page={ROWS}")
    first = tab.evaluate(TOLD)
    yield from differing(first, ZoneInfo("UTC"))
    choice = tab.page.get_by_role("group", name="Time zone")
    choice.get_by_role("button", name="mine").click()
    mine = tab.evaluate(TOLD)
    yield from differing(mine, zone)
    if len(mine) < ROWS or not any(text[0].isalpha() for _, _, text in mine):
        yield f"no row of {len(mine)} has another day"
    tab.open(f"{browser.site}/packages/{browser.names['package']}")
    yield from differing(tab.evaluate(TOLD), zone)
    choice.get_by_role("button", name="UTC").click()
    tab.open(f"{browser.site}/raw?rows_per_page={ROWS}")
    if tab.evaluate(TOLD) != first:
        yield "UTC is not what came"


def differing(told, zone):
    """Times that are not told as they are in that zone."""
    for form, written, text in told:
        there = datetime.fromisoformat(written).astimezone(zone)
        if (expected := shown(form, there)) != text:
            yield f"{written} as {form} in {zone} is {text} and not {expected}"


def shown(form, there):
    if form == "day":
        return f"{there:%Y-%m-%d}"
    if form == "clock":
        # Rows stand under days of UTC.
        is_same = there.date() == there.astimezone(ZoneInfo("UTC")).date()
        return f"{there:%H:%M:%S}" if is_same else f"{there:%a %H:%M:%S}"
    offset = f"{there:%z}"
    if zone_is_utc(there):
        return f"{there:%Y-%m-%d %H:%M:%S} UTC"
    return f"{there:%Y-%m-%d %H:%M:%S} {offset[0].replace('-', '−')}{offset[1:3]}:{offset[3:]}"


def zone_is_utc(there):
    return there.tzinfo == ZoneInfo("UTC")
