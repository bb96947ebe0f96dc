"""A message to send."""

from __future__ import annotations

import msgspec

from gateway.core.delivery import Parcel

TEXT = "⚠ Fern: soil_moisture is 15.2, threshold min 20.0\nThe fern's soil is drier than it should be.\nSIMULATED"


def parcel(**changes: object) -> Parcel:
    made = Parcel(
        id="9f00aa11-open@mail/anna@example.org",
        lane="mail/anna@example.org",
        alert="9f00aa11",
        part="open",
        level="warning",
        made_ms=1_000,
        happened_ms=900,
        title="⚠ Fern: soil_moisture is 15.2, threshold min 20.0",
        text=TEXT,
        simulated=True,
    )
    return msgspec.structs.replace(made, **changes)
