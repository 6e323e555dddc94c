"""Prints what it is given."""

import json


def show(message):
    print(json.dumps({"id": message.id, "topic": message.topic, "body": message.body, "headers": message._headers}))
