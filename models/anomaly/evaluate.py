"""`python -m models.anomaly.evaluate nab|skab --data DIR [--scores OUT] [--json]`: figures on a public board's folder.

Any folder in the board's layout will do. 0: every bar holds; 1: one does not; 2: the folder cannot be read.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

from gateway.core.errors import GatewayError

from . import nab, skab


def main(arguments: list[str] | None = None) -> int:
    """Evaluate, print, and say by the exit code whether all bars hold."""
    parser = argparse.ArgumentParser(prog="python -m models.anomaly.evaluate", description=__doc__)
    parser.add_argument("board", choices=["nab", "skab"])
    parser.add_argument("--data", type=Path, required=True, metavar="DIR", help="a folder in the board's layout")
    parser.add_argument("--scores", type=Path, metavar="OUT", help="write each row's score below this folder")
    parser.add_argument("--model", type=Path, default=nab.HERE, help="folder of the fusion model (nab)")
    parser.add_argument("--json", action="store_true")
    asked = parser.parse_args(arguments)
    try:
        if asked.board == "nab":
            board, plain = nab.run(asked.data, asked.scores, asked.model), nab.plain
        else:
            board, plain = skab.run(asked.data, asked.scores), skab.plain
    except (OSError, GatewayError) as error:
        print(error, file=sys.stderr)
        return 2
    print(json.dumps(board) if asked.json else plain(board))
    figures = board["figures"]
    return 0 if all(one.get("holds", True) for one in (figures if isinstance(figures, list) else [])) else 1


if __name__ == "__main__":
    sys.exit(main())
