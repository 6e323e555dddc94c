"""Over an archive of messages that mean harm: nothing runs, nothing leads astray, and no text turns another around."""

import json
import re
from urllib.parse import quote
from urllib.request import urlopen

import checks
from listed import wanted

# What asks for nothing but what the archive has: lists of all, and documents that are no pages.
LISTS = ["/v2/search?rows_per_page=100&size=large&page={page}"]
# Each with every text in the place of {text}.
ASKED = ["/raw?user={text}", "/find?q={text}", "/charts/?title={text}&start={text}", "/widget/?user={text}&empty={text}"]
CHARTS = ["/charts/line?title={text}&user={text}&split_on=users&N=2"]

UUID = re.compile("[0-9a-f-]{36}")

RAN = "() => window.__xss === undefined ? null : `window.__xss is ${window.__xss}`"

LEADS = """() => {
  const found = [];
  const attributes = {A: 'href', AREA: 'href', LINK: 'href', BASE: 'href', FORM: 'action', IMG: 'src', SCRIPT: 'src', IFRAME: 'src', EMBED: 'src', OBJECT: 'data'};
  for (const element of document.querySelectorAll('*')) {
    const name = element.tagName.toUpperCase();
    const value = element.getAttribute(attributes[name] || '') || element.getAttribute('xlink:href');
    const scheme = value === null ? null : URL.canParse(value, document.baseURI) ? new URL(value, document.baseURI).protocol : 'no URL';
    if (scheme && !['http:', 'https:'].includes(scheme)) found.push(`<${name.toLowerCase()}> leads to ${scheme}`);
    if (name === 'SCRIPT' && !element.src && !/json/.test(element.type)) found.push('a script in the page');
    for (const attribute of element.attributes)
      if (attribute.name.startsWith('on') || attribute.name === 'style' || attribute.name === 'srcdoc')
        found.push(`<${name.toLowerCase()}> has ${attribute.name}`);
  }
  return [...new Set(found)];
}"""

# Letters that run from left to right do so, whatever stands before them; and nothing is there that cannot be seen.
READS = """() => {
  const found = [];
  if (!document.body) return found;
  const odd = /[\\u0000-\\u0008\\u000b\\u000c\\u000e-\\u001f\\u007f-\\u009f\\u2028\\u2029\\u202a-\\u202e\\u2066-\\u2069]/;
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  const range = document.createRange();
  const where = node => node.parentElement.closest('[class]')?.className || node.parentElement.tagName.toLowerCase();
  const at = (node, place) => { range.setStart(node, place); range.setEnd(node, place + 1); return range.getBoundingClientRect(); };
  for (let node; (node = walker.nextNode());) {
    if (/^(SCRIPT|STYLE|TEMPLATE|TEXTAREA|OPTION)$/.test(node.parentElement.tagName)) continue;
    const text = node.data;
    const control = text.match(odd);
    if (control) found.push(`U+${control[0].charCodeAt(0).toString(16).padStart(4, '0')} cannot be seen in ${where(node)}`);
    const place = text.search(/[A-Za-z]{2}/);
    if (control || place < 0 || /[\\u0590-\\u08ff]/.test(text)) continue;
    const [first, second] = [at(node, place), at(node, place + 1)];
    if (first.width && first.top === second.top && first.left > second.left) found.push(`text is turned around in ${where(node)}`);
  }
  return [...new Set(found)];
}"""


def look(browser, report, _script):
    addresses = [(page.name, page.address(browser.names)) for page in wanted() if page.is_of_messages()]
    addresses += [("message " + identifier[:20], f"/v2/id?id={quote(identifier, safe='')}&is_raw=true&size=extra-large") for identifier in odd(browser)]
    addresses += [(f"list {number}", path.format(page=number)) for path in LISTS for number in range(1, pages(browser) + 1)]
    addresses += [("asked", path.format(text=quote(text, safe=""))) for path in ASKED for text in browser.setup.texts]
    charts = [("chart", path.format(text=quote(text, safe=""))) for path in CHARTS for text in browser.setup.texts]
    with browser.tab(width=390) as tab:
        for name, address in addresses + charts:
            for kind, detail in look_at(tab, browser.site + address):
                report.fault(name, "390 light script", kind, detail)


def look_at(tab, address):
    answer = tab.open(address)
    kind = answer.headers.get("content-type", "")
    found = document(tab) if kind.startswith(("text/html", "image/svg")) else []
    if kind.startswith("text/html"):
        found += checks.sideways(tab)
    if answer.status >= 500:
        found.append(("status", str(answer.status)))
    return found + checks.refused(tab) + tab.watch.taken()


def document(tab):
    """What ran, what leads elsewhere and what cannot be read."""
    ran = tab.evaluate(RAN)
    found = [("ran", ran)] if ran else []
    found += [("leads", what) for what in tab.evaluate(LEADS)]
    return found + [("reads", what) for what in tab.evaluate(READS)]


def odd(browser):
    """The ids of messages that are of odd shapes, or have a text in each field."""
    found = [message["msg_id"] for message in asked(browser, "/raw?rows_per_page=100")["raw_messages"]]
    found = [identifier for identifier in found if not UUID.fullmatch(identifier)]
    assert len(found) > len(browser.setup.texts), found
    return found


def pages(browser):
    return asked(browser, "/raw?rows_per_page=100")["pages"]


def asked(browser, path):
    with urlopen(browser.site + path) as answer:
        return json.load(answer)
