"""What every engine is told."""

from __future__ import annotations

from dataclasses import dataclass

from .. import _core

AT_ONCE = 16  # models of a task: what is done again where a worker dies


@dataclass(frozen=True)
class Plan:
    """How models are sketched, and where to."""

    folder: str
    workers: int | None
    retries: int
    memory: int  # bytes, of a worker
    partial: bool
    threads: int  # of a worker; 0: one a core

    def call(self) -> _core.Call:
        return _core.Call(arguments=[], threads=self.threads, progress=None, keeps_blocks=False)

    def opening(self) -> _core.OpenOptions:
        return _core.OpenOptions(partial=self.partial, as_stored=False, base="", components=[])
