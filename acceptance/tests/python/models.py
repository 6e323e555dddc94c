"""Reads and writes a database of ours through the published models; prints what it finds as JSON."""

import datetime
import json
import sys

from datanommer import models
from fedora_messaging import message


def add(topic, msg_id, seconds, body):
    sent = message.Message(topic=topic, body=body)
    sent.id = msg_id
    # As if received: a new message is always sent now.
    sent._headers["sent-at"] = f"2024-05-01T10:00:{seconds:02}+00:00"
    # What a schema class would answer.
    type(sent).usernames = property(lambda self: self.body.get("users", []))
    type(sent).packages = property(lambda self: self.body.get("packages", []))
    type(sent).agent_name = property(lambda self: self.body.get("agent"))
    models.add(sent)


def ids(**filters):
    total, pages, found = models.Message.grep(**filters)
    assert total == len(found), (total, found)
    return [one.msg_id for one in found]


models.init(sys.argv[1])
bodhi, wiki = "org.fedoraproject.prod.bodhi.update.comment", "org.fedoraproject.prod.wiki.article.edit"
add(bodhi, "py-1", 1, {"text": "one", "users": ["alice"], "packages": ["kernel"], "agent": "alice"})
add(wiki, "py-2", 2, {"text": "two", "users": ["bob", "alice"], "packages": [], "agent": "bob"})
add(bodhi, "py-3", 3, {"text": "three", "users": [], "packages": ["kernel", "c++"]})
# A duplicate is skipped, as ever.
add(bodhi, "py-3", 3, {"text": "other"})

day = {"start": datetime.datetime(2024, 5, 1), "end": datetime.datetime(2024, 5, 2)}
found = models.Message.from_msg_id("py-2")
first = models.Message.get_first(order="asc")
print(json.dumps({
    "all": ids(),
    "descending": ids(order="desc"),
    "time": ids(start=datetime.datetime(2024, 5, 1, 10, 0, 2), end=day["end"]),
    "users": ids(users=["alice"]),
    "not_users": ids(not_users=["alice"]),
    "packages": ids(packages=["kernel"]),
    "not_packages": ids(not_packages=["c++"]),
    "categories": ids(categories=["wiki"]),
    "not_categories": ids(not_categories=["wiki"]),
    "topics": ids(topics=[bodhi]),
    "not_topics": ids(not_topics=[bodhi]),
    "agents": ids(agents=["bob"]),
    "not_agents": ids(not_agents=["bob"]),
    "contains": ids(contains=["two", "three"], categories=["wiki"], **day),
    "msg_id": ids(msg_id="py-1"),
    "page": [one.msg_id for one in models.Message.grep(page=2, rows_per_page=1)[2]],
    "by_id": {"users": sorted(user.name for user in found.users), "dict": found.as_dict()["msg"]["text"]},
    "first": first.msg_id,
    "stored by nommer": [one.msg_id for one in models.Message.grep(users=["nommer"])[2]],
}))
