"""What scripts make handy: keys on lists, and copying on the page of a message."""

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
        for kind, detail in keys(browser, tab) + message(browser, tab) + tab.watch.taken():
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
    around = tab.page.locator(".around nav a", has_text="everything")
    around.click()
    tab.page.wait_for_load_state("load")
    if not tab.page.locator(".around .this").count() or tab.page.locator(".around .row").count() < 5:
        found.append(("around", "there is nothing around it"))
    return found
