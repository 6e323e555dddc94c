"""Whether a page is HTML as the standard has it."""

from collections import Counter

import html5lib
from html5lib.constants import E

HTML = "{http://www.w3.org/1999/xhtml}"
PHRASING_ONLY = {"p", "h1", "h2", "h3", "h4", "h5", "h6", "pre", "span", "a", "b", "i", "em", "strong", "small", "code", "bdi", "time", "button", "label", "summary"}
BLOCKS = {"p", "div", "ul", "ol", "dl", "table", "pre", "h1", "h2", "h3", "section", "article", "nav", "header", "footer", "main", "form", "details", "figure"}
# Those may hold blocks where what is around them may.
TRANSPARENT = {"a"}
INTERACTIVE = {"a", "button", "input", "select", "textarea", "label", "details"}
OBSOLETE = {"center", "font", "tt", "big", "strike", "frame", "marquee", "acronym"}
CHILDREN = {"ul": {"li", "script", "template"}, "ol": {"li", "script", "template"}, "dl": {"dt", "dd", "div"}, "select": {"option", "optgroup", "hr"}, "tr": {"td", "th"}}


def faults(text):
    """Pairs of kind and detail."""
    parser = html5lib.HTMLParser(strict=False)
    root = parser.parse(text)
    lines = text.splitlines()
    # The standard has since come to allow `&` before what is no entity.
    errors = [error for error in parser.errors if error[1] != "expected-named-entity"]
    found = [("html", f"{E[code] % variables} in {lines[line - 1].strip()[:80]!r}") for (line, _), code, variables in errors[:5]]
    identifiers = Counter(element.get("id") for element in root.iter() if element.get("id") is not None)
    found += [("html", f"the id {name} is there {count} times") for name, count in identifiers.items() if count > 1]
    for attribute in ("for", "aria-labelledby", "aria-describedby", "aria-controls", "list"):
        for element in root.iter():
            missing = [name for name in (element.get(attribute) or "").split() if name not in identifiers]
            found += [("html", f"{attribute} names {name}, which no id is") for name in missing]
    return found + list(dict.fromkeys(nesting(root)))


def nesting(root):
    stack = [(root, [])]
    while stack:
        element, above = stack.pop()
        name = plain(element)
        if name in OBSOLETE:
            yield "html", f"<{name}> is obsolete"
        for child in element:
            inner = plain(child)
            if not inner:
                continue
            if name in CHILDREN and inner not in CHILDREN[name]:
                yield "html", f"<{inner}> in <{name}>"
            if inner in BLOCKS and name in PHRASING_ONLY - TRANSPARENT:
                yield "html", f"<{inner}> in <{name}>"
            if inner in INTERACTIVE - {"label"} and "a" in above + [name] and not is_hidden(child):
                yield "html", f"<{inner}> within <a>"
            if inner in INTERACTIVE and "button" in above + [name]:
                yield "html", f"<{inner}> within <button>"
            stack.append((child, above + [name]))


def plain(element):
    tag = element.tag if isinstance(element.tag, str) else ""
    return tag.removeprefix(HTML) if tag.startswith(HTML) else ""


def is_hidden(element):
    return element.get("type") == "hidden"
