"""Runs the program: ``modelkin`` and ``python -m modelkin``."""

import sys


def main() -> int:
    """Runs the program with the arguments of this process. Returns its exit code."""
    from . import _core

    return _core.program(["modelkin", *sys.argv[1:]])


if __name__ == "__main__":
    sys.exit(main())
