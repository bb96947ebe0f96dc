"""Token buckets per client address, in bounded memory."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from ipaddress import IPv6Address, ip_address

import msgspec


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
