"""Runs the program: ``modelkin`` and ``python -m modelkin``."""

import sys


def main() -> int:
    """Runs the program with the arguments of this process. Returns its exit code."""
    from . import _core

    words = sys.argv[1:]
    if words[:1] == ["atlas"] and any(word.endswith(".parquet") for word in words):
        from ._atlas.program import run

        code = run(words)
        if code is not None:
            return code
    if words[:1] == ["trace"] and any(word.partition("=")[0] == "--engine" for word in words):
        from ._shares import run_trace

        return run_trace(words)
    return _core.program(["modelkin", *words])


if __name__ == "__main__":
    sys.exit(main())
