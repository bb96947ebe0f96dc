"""How often somebody may ask: token buckets per client address, hourly quotas of programs; in bounded memory."""

from __future__ import annotations

import math
from collections import OrderedDict
from collections.abc import Callable
from ipaddress import IPv6Address, ip_address

import msgspec

_HOUR_S = 3600


class Limit(msgspec.Struct, frozen=True):
    """So many at once, and so many a second in the long run."""

    burst: int
    per_s: float


class Buckets:
    """One bucket per address. `clock_s` rises steadily; over `most` addresses the longest unseen is forgotten."""

    def __init__(self, limit: Limit, clock_s: Callable[[], float], most: int = 4096) -> None:
        self._limit = limit
        self._clock_s = clock_s
        self._most = most
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def __len__(self) -> int:
        return len(self._buckets)

    def take(self, address: str) -> float:
        """Take one; 0 when there was one, otherwise the seconds until there is."""
        now_s = self._clock_s()
        left = self._left(address, now_s)
        if left < 1:
            self._keep(address, left, now_s)
            return (1 - left) / self._limit.per_s
        self._keep(address, left - 1, now_s)
        return 0.0

    def give_back(self, address: str) -> None:
        """Undo one `take`: it was not what the limit is for."""
        now_s = self._clock_s()
        self._keep(address, min(self._limit.burst, self._left(address, now_s) + 1), now_s)

    def _left(self, address: str, now_s: float) -> float:
        left, seen_s = self._buckets.get(address, (float(self._limit.burst), now_s))
        return min(self._limit.burst, left + (now_s - seen_s) * self._limit.per_s)

    def _keep(self, address: str, left: float, now_s: float) -> None:
        self._buckets[address] = (left, now_s)
        self._buckets.move_to_end(address)
        if len(self._buckets) > self._most:
            self._buckets.popitem(last=False)


def bucket_of(address: str) -> str:
    """What one party can hardly change: an IPv4 address, or the /64 an IPv6 address lies in."""
    try:
        parsed = ip_address(address.partition("%")[0])
    except ValueError:
        return address
    if not isinstance(parsed, IPv6Address):
        return address
    if parsed.ipv4_mapped is not None:
        return str(parsed.ipv4_mapped)
    return parsed.exploded[:19]


class Quota(msgspec.Struct, frozen=True):
    """What is left of a program's requests."""

    limit: int
    left: int
    """Below zero: this one was one too many."""
    reset_s: int
    """Until it may ask `limit` times again."""


class Quotas:
    """Requests of each program within an hour that begins with its first. `clock_s` rises steadily."""

    def __init__(self, clock_s: Callable[[], float]) -> None:
        self._clock_s = clock_s
        self._hours: dict[str, tuple[float, int]] = {}

    def take(self, who: str, per_hour: int) -> Quota:
        """Count one request of `who`."""
        now_s = self._clock_s()
        self._hours = {name: hour for name, hour in self._hours.items() if now_s - hour[0] < _HOUR_S}
        since_s, used = self._hours.get(who, (now_s, 0))
        self._hours[who] = (since_s, used + 1)
        return Quota(per_hour, per_hour - used - 1, math.ceil(since_s + _HOUR_S - now_s))
