"""What every page has to be. Each check takes a tab and answers faults, as pairs of kind and detail."""

from pathlib import Path

import axe_playwright_python

AXE = (Path(axe_playwright_python.__file__).parent / "axe.min.js").read_text()

WIDE = """() => {
  const root = document.documentElement;
  if (root.scrollWidth <= root.clientWidth) return null;
  const out = [...document.body.querySelectorAll('*')]
    .filter(e => e.getBoundingClientRect().right > root.clientWidth + 1 && ![...e.children].some(
      c => c.getBoundingClientRect().right > root.clientWidth + 1));
  const name = e => e.tagName.toLowerCase() + (e.className && e.className.baseVal === undefined ? '.' + e.className.split(' ').join('.') : '');
  return [...new Set(out.map(name))].slice(0, 3).join(', ') || 'the page';
}"""

FIRST_ROW = "() => { const row = document.querySelector('main .list-group-item'); return row && row.getBoundingClientRect().top + scrollY; }"

# Names of elements and what is wrong, without what differs from archive to archive.
RUN_AXE = """async options => {
  const result = await axe.run(document, options);
  const about = node => node.target.join(' ').replace(/\\d+/g, 'N') + ': ' +
    (node.failureSummary || '').split('\\n').slice(1, 2).join('').trim();
  return result.violations.map(v => [v.id, v.nodes.length, about(v.nodes[0])]);
}"""


def sideways(tab):
    wide = tab.evaluate(WIDE)
    return [("sideways", f"wider than the window: {wide}")] if wide else []


def first_row(tab, most=400):
    top = tab.evaluate(FIRST_ROW)
    if top is None:
        return [("first row", "there is none")]
    return [("first row", f"at {top:.0f} and not above {most}")] if top >= most else []


def axe(tab, only=None):
    """By all of axe's rules, or `only` some."""
    if not tab.evaluate("() => 'axe' in window"):
        tab.evaluate(AXE)
    # Nothing of what its rules could ask for is on another host, or played.
    options = {"resultTypes": ["violations"], "preload": False, "iframes": False}
    if only:
        options["runOnly"] = {"type": "rule", "values": only}
    found = tab.evaluate(RUN_AXE, options)
    return [("axe", f"{rule}, {count} times: {first}") for rule, count, first in found]


def refused(tab):
    found = tab.evaluate("() => window.__refused || []")
    return [("policy", what) for what in dict.fromkeys(found)]
