"""``modelkin atlas export -o FILE.parquet`` and ``import FILE.parquet``: what the compiled program leaves to
Python, which has a library for Parquet.
"""

from __future__ import annotations

import argparse
import sys
from typing import NoReturn

from .._errors import Error, InputError, IoError, UsageError
from .file import Atlas

_EXIT_CODES = ((UsageError, 2), (InputError, 3), (IoError, 4))


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        raise UsageError(message)


def run(words: list[str]) -> int | None:
    """Runs the command, and returns its exit code; None where it is not one of these two, or help is asked for."""
    if words[1:2] not in (["export"], ["import"]) or {"-h", "--help"} & set(words):
        return None
    try:
        return _export(words[2:]) if words[1] == "export" else _import(words[2:])
    except Error as error:
        print(f"modelkin: {error}", file=sys.stderr)
        return next((code for kind, code in _EXIT_CODES if isinstance(error, kind)), 1)


def _export(words: list[str]) -> int | None:
    parser = _Parser(add_help=False, allow_abbrev=False)
    parser.add_argument("atlas")
    parser.add_argument("-o", "--output", required=True)
    parser.add_argument("--force", action="store_true")
    found = parser.parse_args(words)
    if not found.output.endswith(".parquet"):
        return None
    Atlas(found.atlas).to_parquet(found.output, force=found.force)
    return 0


def _import(words: list[str]) -> int:
    parser = _Parser(add_help=False, allow_abbrev=False)
    parser.add_argument("atlas")
    parser.add_argument("records", nargs="+")
    parser.add_argument("-q", "--quiet", action="store_true")
    found = parser.parse_args(words)
    counts = Atlas(found.atlas).import_(*found.records)
    if not found.quiet:
        print(f"{counts.records} read: {counts.added} added, {counts.replaced} replaced")
    return 0
