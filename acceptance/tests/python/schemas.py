"""Validates messages, one a line of standard input, by the classes that they name; prints what it finds as JSON."""

import collections
import json
import sys

from fedora_messaging import message
from jsonschema import validators


def faults(one, cls):
    """What the schemas of a class, and that of all messages, say against a message, a line each."""
    for what in ("headers", "body"):
        for schema in (getattr(cls, f"{what}_schema"), getattr(message.Message, f"{what}_schema")):
            for error in validators.validator_for(schema)(schema).iter_errors(one[what]):
                # Which one of a list it is says nothing.
                path = ["*" if isinstance(part, int) else part for part in error.absolute_path]
                place = ".".join([what, *path])
                yield f"{one['topic']}: {place}: {error.message[:160]} ({cls.__name__})"


valid, unknown, told = collections.Counter(), collections.Counter(), collections.Counter()
for line in sys.stdin:
    one = json.loads(line)
    name = one["headers"]["fedora_messaging_schema"]
    cls = message.get_class(name)
    if cls is message.Message and name != "base.message":
        unknown[name] += 1
        continue
    found = set(faults(one, cls))
    told.update(found)
    if not found:
        cls(topic=one["topic"], body=one["body"], headers=one["headers"]).validate()
        valid[name] += 1
print(json.dumps({"valid": valid, "unknown": unknown, "faults": told}))
