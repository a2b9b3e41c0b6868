"""How far long work is."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Union

from ._errors import UsageError

ProgressCallback = Callable[[str, int, int, str], object]
"""Called as ``progress(stage, done, total, unit)`` by the calling thread, at most twenty times a
second, and at the end. `unit` is ``"B"`` for bytes, else what is counted; `total` is 0 where a stage counts nothing."""

Progress = Union[bool, ProgressCallback, None]
"""True for tqdm's bar, which needs tqdm; a function that is told; None or False for nobody."""


class Bar:
    """tqdm's bar, one for each stage. Needs tqdm."""

    def __init__(self) -> None:
        try:
            from tqdm.auto import tqdm  # type: ignore[import-untyped,unused-ignore]
        except ImportError:
            raise UsageError(
                "progress=True needs tqdm (pip install tqdm): or pass a function of (stage, done,"
                " total, unit)"
            ) from None
        self._tqdm: Any = tqdm
        self._bar: Any = None
        self._stage = ""

    def __call__(self, stage: str, done: int, total: int, unit: str) -> None:
        if stage != self._stage or self._bar is None:
            self.close()
            self._stage = stage
            self._bar = self._tqdm(
                desc=stage, total=total or None, unit=unit or "it", unit_scale=unit == "B", leave=False
            )
        self._bar.update(done - self._bar.n)

    def close(self) -> None:
        """Takes the bar away."""
        if self._bar is not None:
            self._bar.close()
            self._bar = None


def callback_of(progress: Progress) -> ProgressCallback | None:
    """Returns what a call tells its progress; None for nobody. Raises UsageError for neither a bool
    nor a function.
    """
    if progress is None or progress is False:
        return None
    if progress is True:
        return Bar()
    if callable(progress):
        return progress
    raise UsageError(f"progress is True, False or a function, not {type(progress).__name__}")
