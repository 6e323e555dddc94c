"""Publishes messages as publishers do, by the real client: one in its JSON form a line of standard input. Prints the id
of each when the broker has it, or an empty line if its class refuses it."""

import sys

from fedora_messaging import api, config, message
from jsonschema.exceptions import ValidationError

config.conf.load_config(sys.argv[1])
for line in sys.stdin:
    [one] = message.loads(line)
    try:
        one.validate()
    except ValidationError:
        print(flush=True)
        continue
    api.publish(one)
    print(one.id, flush=True)
