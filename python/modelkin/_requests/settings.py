"""What many requests take, and how a request is made."""

from __future__ import annotations

import logging
import time
import warnings as python_warnings
from collections.abc import Callable, Iterable
from typing import Any, get_args

from .. import _core
from .._errors import ModelWarning, UsageError, in_keywords
from .._locations import Locations
from .._progress import Bar, Progress, callback_of
from .._text import visible
from .._types import ModelLike
from .arguments import Words, strings, whole

_log = logging.getLogger("modelkin")


def _require_components(names: list[str]) -> None:
    from ..records.trace import TraceComponentKind  # takes long to import

    known = get_args(TraceComponentKind)
    for name in names:
        if name not in known:
            raise UsageError(f"components has no {name!r}: there are {', '.join(known)}")


class Settings:
    """Keyword arguments that many requests take."""

    def __init__(
        self,
        locations: Locations,
        *,
        partial: bool = False,
        base: ModelLike | None = None,
        components: str | Iterable[str] = (),
        threads: int | None = None,
        progress: Progress = None,
    ) -> None:
        self.locations = locations
        self.partial = bool(partial)
        self.base = "" if base is None else locations.of(base, "base")
        self.components = strings("components", components)
        if self.components:
            _require_components(self.components)
        self.threads = whole("threads", threads, 1, 1024)
        self.progress = callback_of(progress)

    @property
    def opening(self) -> _core.OpenOptions:
        self.locations.require_opening(self.partial, self.base)
        return _core.OpenOptions(
            partial=self.partial, as_stored=False, base=self.base, components=self.components
        )

    def call(self, words: Words, *, keeps_blocks: bool = True) -> _core.Call:
        words.flag("partial", self.partial).option("base", self.base or None)
        words.options("component", self.components)
        words.option("threads", self.threads)
        if "--format" not in words.words:
            words.flag("json", True)
        return _core.Call(
            arguments=words.words,
            threads=self.threads or 0,
            progress=self.progress,
            keeps_blocks=keeps_blocks,
        )

    def answer(self, command: str, ask: Callable[[], tuple[Any, ...]]) -> tuple[str, ...]:
        """Asks, takes the progress bar away, and warns of what is odd. Returns the texts."""
        _log.info("%s: started", command)
        began = time.perf_counter()
        try:
            *texts, lines = ask()
        finally:
            if isinstance(self.progress, Bar):
                self.progress.close()
        self.locations.require_unchanged()
        _log.info("%s: done in %.3f s", command, time.perf_counter() - began)
        for line in lines:
            python_warnings.warn(visible(in_keywords(line)), ModelWarning, stacklevel=3)
        return tuple(texts)
