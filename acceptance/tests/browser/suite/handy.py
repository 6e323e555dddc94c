"""What scripts make handy: keys on lists, names while one is typed, and copying."""

import json
from contextlib import nullcontext
from urllib.parse import quote

FOCUSED = """() => {
  const rows = [...document.querySelectorAll('main .list-group-item')];
  return rows.findIndex(row => row.contains(document.activeElement));
}"""
OUTLINED = "() => getComputedStyle(document.activeElement).outlineStyle"
# What would be on the clipboard.
CATCH = "() => { navigator.clipboard.writeText = async text => { window.__copied = text; }; }"


def look(browser, report, _script):
    with browser.tab() as tab:
        for kind, detail in keys(browser, tab) + names(browser, tab) + line(browser, tab) + message(browser, tab) + tab.watch.taken():
            report.fault("handy", "1280 light script", kind, detail)


def keys(browser, tab):
    tab.open(f"{browser.site}/raw?rows_per_page=5")
    press = tab.page.keyboard.press
    found = []
    for key, row in [("j", 0), ("j", 1), ("j", 2), ("k", 1), ("Control+j", 1)]:
        press(key)
        at = tab.evaluate(FOCUSED)
        if at != row:
            found.append(("keys", f"{key} leads to row {at} and not to {row}"))
    if tab.evaluate(OUTLINED) == "none":
        found.append(("keys", "the row that has the focus cannot be seen"))
    press("?")
    if not tab.page.locator("dialog.keys[open]").count():
        found.append(("keys", "? lists no keys"))
    press("Escape")
    press("/")
    tab.page.keyboard.type("jok?")
    typed = tab.page.locator("#find-box").input_value()
    if typed != "jok?":
        found.append(("keys", f"what was typed became {typed}"))
    tab.page.locator("#find-box").blur()
    press("j")
    press("o")
    tab.page.wait_for_url("**/v2/id?id=*")
    return found


def names(browser, tab):
    """The box of each page completes names, those of users alone behind an @."""
    found = []
    tab.open(f"{browser.site}/topics/")
    for before, kinds in (("", ("package", "user")), ("@", ("user",))):
        for kind in kinds:
            name = before + browser.names[kind]
            offered = typed(tab, name[: len(before) + 3])
            if name not in offered:
                found.append(("completion", f"{name} is not among {offered}"))
            if before and not all(each.startswith(before) for each in offered):
                found.append(("completion", f"{offered} are no users"))
    if typed(tab, "a") or typed(tab, "no such name"):
        found.append(("completion", "something is offered for nothing"))
    return found


def typed(tab, text):
    """What is offered for a text."""
    box = tab.page.locator("#find-box")
    box.fill("")
    with tab.page.expect_response("**/v2/names?*") if len(text) > 1 else nullcontext():
        box.fill(text)
    # The answer is there, and is shown before long.
    tab.page.wait_for_timeout(300)
    return tab.evaluate("() => [...document.querySelectorAll('#found-names option')].map(option => option.value)")


def line(browser, tab):
    """The line for a shell is copied as it is."""
    tab.open(f"{browser.site}/raw?rows_per_page=5")
    tab.evaluate(CATCH)
    tab.page.locator("details.curl summary").click()
    tab.page.locator("details.curl button").click()
    copied = tab.evaluate("() => window.__copied")
    shown = tab.page.locator("details.curl pre").inner_text()
    return [] if copied == shown.strip() and copied.startswith("curl ") else [("copy", f"{copied} and not {shown}")]


def message(browser, tab):
    found = []
    tab.open(f"{browser.site}/v2/id?id={quote(browser.names['id'], safe='')}&is_raw=true&size=extra-large")
    tab.evaluate(CATCH)
    key = tab.page.locator(".tree .key[title]").first
    key.click()
    path = key.get_attribute("title")
    copied = tab.evaluate("() => window.__copied")
    if copied != path or not path.startswith("$"):
        found.append(("copy", f"{copied} and not {path}"))
    tab.page.get_by_role("button", name="Copy permalink").click()
    address = tab.evaluate("() => window.__copied")
    answer = tab.page.request.get(address, headers={"Accept": "application/json"})
    if answer.status != 200 or answer.json()["id"] != browser.names["id"]:
        found.append(("copy", f"{address} is not the message"))
    tab.page.get_by_role("button", name="Copy JSON").click()
    tab.page.get_by_text("JSON copied").wait_for()
    if json.loads(tab.evaluate("() => window.__copied")) != answer.json():
        found.append(("copy", "another JSON than that of the permalink"))
    around = tab.page.locator(".around nav a", has_text="everything")
    around.click()
    tab.page.wait_for_load_state("load")
    if not tab.page.locator(".around .this").count() or tab.page.locator(".around .row").count() < 5:
        found.append(("around", "there is nothing around it"))
    return found
