"""What schemathesis is told while it runs: to keep its token, how a model is sent, and to count how it is answered.

Without the first it finds its own token in the list, ends it, and everything after that is refused at the door.
"""

from __future__ import annotations

import atexit
import json
import os
from collections import Counter
from pathlib import Path
from typing import Any

import schemathesis

KEPT = os.environ["SCHEMATHESIS_KEEPS"]
"""The id of the token in use."""
TOLD = Path(os.environ["SCHEMATHESIS_ANSWERS"])
"""Where the counts go: {"METHOD /path": {status: how often}}."""

# It knows how bytes are sent, only not that a packed model is such.
schemathesis.serializer.alias("application/zip", "application/octet-stream")

_answers: dict[str, Counter[int]] = {}


@schemathesis.hook
def before_call(context: Any, case: Any, kwargs: Any) -> None:
    """Asks for somebody else's end in place of its own."""
    for given in (case.path_parameters, case.query):
        for name, value in (given or {}).items() if isinstance(given, dict) else ():
            if value == KEPT:
                given[name] = "somebody-elses"


@schemathesis.hook
def after_call(context: Any, case: Any, response: Any) -> None:
    """Counts."""
    _answers.setdefault(case.operation.label, Counter())[response.status_code] += 1


@atexit.register
def _tell() -> None:
    TOLD.write_text(json.dumps(_answers))
