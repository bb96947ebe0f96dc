"""Topic names and topic filters (MQTT 3.1.1, section 4.7)."""

from __future__ import annotations

from ..errors import ProtocolError


def check_topic(topic: str) -> None:
    """Raises ProtocolError unless `topic` may be published to."""
    if not topic or "+" in topic or "#" in topic or "\0" in topic:
        raise ProtocolError("topic name is empty or has a wildcard")


def check_filter(topic_filter: str) -> None:
    """Raises ProtocolError unless `topic_filter` may be subscribed to."""
    if not topic_filter or "\0" in topic_filter:
        raise ProtocolError("topic filter is empty")
    if "+" not in topic_filter and "#" not in topic_filter:
        return
    levels = topic_filter.split("/")
    for level in levels:
        if len(level) > 1 and ("+" in level or "#" in level):
            raise ProtocolError("a wildcard must fill its level")
    if "#" in levels[:-1]:
        raise ProtocolError("# must be the last level")


def matches(topic_filter: str, topic: str) -> bool:
    """Whether a valid filter takes a valid topic in; $-topics are hidden from a leading wildcard (4.7.2)."""
    if topic[0] == "$" and topic_filter[0] in "+#":
        return False
    wanted = topic_filter.split("/")
    levels = topic.split("/")
    for index, level in enumerate(wanted):
        if level == "#":
            return True  # also when the topic ends here: "a/#" takes in "a"
        if index == len(levels) or level not in ("+", levels[index]):
            return False
    return len(wanted) == len(levels)
