"""`make bench`: every measurement, one process each, so that none warms up another."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parent


def main() -> int:
    """Run those named, or all; 1 when one of them broke off or missed its goal."""
    wanted = sys.argv[1:] or [path.stem.removeprefix("bench_") for path in sorted(HERE.glob("bench_*.py"))]
    broken = []
    for name in wanted:
        print(f"\n— {name}", flush=True)
        if subprocess.run([sys.executable, "-m", f"tests.bench.bench_{name}"], cwd=HERE.parent.parent).returncode:
            broken.append(name)
    if broken:
        print(f"\nbroken off, or a goal missed: {', '.join(broken)}", file=sys.stderr)
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main())
