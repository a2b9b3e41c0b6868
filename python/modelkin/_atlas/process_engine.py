"""Models sketched by processes of this machine: each is ``modelkin atlas build`` of one rank."""

from __future__ import annotations

import os
import queue
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from typing import Any

from .._errors import IoError, UsageError
from .outcomes import outcomes_of
from .plan import Plan

_DONE = (0, 3)  # exit codes: all sketched; some failed


def sketched_by_processes(plan: Plan, models: list[str]) -> Iterator[dict[str, Any]]:
    """Gives what became of each model as its process says so. A process that dies is begun again, up to
    `retries` times each: it skips what has a record.
    """
    world = min(plan.workers or os.cpu_count() or 1, len(models))
    with tempfile.TemporaryDirectory(prefix="modelkin-") as folder:
        names = os.path.join(folder, "models.txt")
        with open(names, "w", encoding="utf-8") as file:
            file.writelines(f"{model}\n" for model in models)
        said: queue.Queue[tuple[int, str | None]] = queue.Queue()
        ranks: list[_Rank] = []
        try:
            for rank in range(world):
                ranks.append(_Rank(plan, names, rank, world, said))
            yield from _heard(plan, ranks, said)
        finally:
            for begun in ranks:
                begun.end()


def _heard(
    plan: Plan, ranks: list[_Rank], said: queue.Queue[tuple[int, str | None]]
) -> Iterator[dict[str, Any]]:
    known: set[str] = set()
    running = len(ranks)
    while running:
        number, line = said.get()
        if line is not None:
            for done in outcomes_of([line]):
                if done["model"] not in known:  # what died is skipped, and said again
                    known.add(done["model"])
                    yield done
        elif ranks[number].has_ended(plan.retries):
            running -= 1


class _Rank:
    """One process, and what it says."""

    def __init__(
        self, plan: Plan, names: str, rank: int, world: int, said: queue.Queue[tuple[int, str | None]]
    ) -> None:
        self._command = [sys.executable, "-m", "modelkin", "atlas", "build", names, "--to", plan.folder]
        self._command += ["--rank", str(rank), "--world", str(world), "--json"]
        self._command += ["--threads", str(plan.threads), *(["--partial"] if plan.partial else [])]
        self._rank, self._said, self._begun = rank, said, 0
        self._errors = f"{names}.{rank}"
        self._begin()

    def _begin(self) -> None:
        self._begun += 1
        with open(self._errors, "wb") as errors:
            self.process = subprocess.Popen(
                self._command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=errors
            )
        self._reader = threading.Thread(target=self._listen, args=(self.process,), daemon=True)
        self._reader.start()

    def _listen(self, process: subprocess.Popen[bytes]) -> None:
        assert process.stdout is not None
        for line in process.stdout:
            if line.endswith(b"\n"):  # a killed process leaves a piece of one
                self._said.put((self._rank, line.decode("utf-8", "replace")))
        process.stdout.close()
        process.wait()
        self._said.put((self._rank, None))

    def has_ended(self, retries: int) -> bool:
        """Returns whether its share is done; begins again what died."""
        code = self.process.returncode
        if code in _DONE:
            return True
        with open(self._errors, encoding="utf-8", errors="replace") as errors:
            lines = errors.read().strip().splitlines()
        why = lines[-1] if lines else f"it was ended by signal {-code}"
        if code == 2:
            raise UsageError(why)
        if self._begun > retries:
            raise IoError(f"worker {self._rank} died {self._begun} times: {why}")
        self._begin()
        return False

    def end(self) -> None:
        """Ends the process, if it runs."""
        if self.process.poll() is None:
            self.process.terminate()
        self._reader.join()
