"""An atlas: its file, and what is asked of it."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any, NamedTuple

from .. import _core
from .._errors import UsageError
from .._live import is_live
from .._locations import Locations
from .._model import Model
from .._progress import Progress
from .._record import Table
from .._requests.arguments import TraceWords, Words, flags, number, path, word
from .._requests.settings import Settings
from .._text import visible
from .._types import Effort, ModelLike
from . import parquet
from .outcomes import SketchOutcome, outcome, outcomes_of, told
from .rows import AT_ONCE, AtlasRow, batches_of, row_of

if TYPE_CHECKING:
    from ..results import AtlasResult, FindResult, SketchResult, TreeResult


class ImportCounts(NamedTuple):
    """What an import did."""

    records: int
    """That were read."""
    added: int
    """That are there now and were not before."""
    replaced: int
    """That others took the place of."""


def open(path: str | os.PathLike[str], *, create: bool = False) -> Atlas:
    """Opens an atlas.

    Args:
        path: Its file.
        create: True makes an empty one where there is no file.

    Returns:
        The atlas. No file stays open: each method opens it, sees or makes one state, and closes it.

    Raises:
        UsageError: An argument is wrong.
        InputError: There is no such file, or it is no atlas, of another version, or damaged.
        IoError: The disk failed.
    """
    flags(create=create)
    atlas = Atlas(path)
    _core.atlas_count(atlas.path, create)
    return atlas


class Atlas:
    """Sketches of many models in one file, among which it finds a model's relatives.

    Iterating gives each record as a SketchResult. Libraries of data frames take it by Arrow's stream
    interface, a thousand records at a time, with the columns of ``to_parquet``; that needs pyarrow.
    """

    def __init__(self, path_: str | os.PathLike[str]) -> None:
        found = path("path", path_)
        if not found:
            raise UsageError("an atlas is a file: its path is empty")
        self._path = found

    @property
    def path(self) -> str:
        """Its file."""
        return self._path

    def __len__(self) -> int:
        return _core.atlas_count(self._path, False)

    def __bool__(self) -> bool:
        return True

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Atlas) and other._path == self._path

    def __hash__(self) -> int:
        return hash((Atlas, self._path))

    def add(
        self,
        models: Any,
        *,
        partial: bool = False,
        base: ModelLike | None = None,
        threads: int | None = None,
        progress: Progress = None,
    ) -> Table[SketchOutcome]:
        """Sketches models and adds them, each as soon as it is there. One that is there already, by its
        content or its location, is replaced.

        Args:
            models: A model or several: paths, ``hf://org/name``, open Models, and results of ``mk.sketch``.
                No state dicts: an atlas keeps where a model is, to read it again.
            partial: True goes on where files or tensors of a model are missing.
            base: The model that adapters (PEFT) were made for.
            threads: Threads to compute with, 1 to 1,024. Default: one a core.
            progress: True for tqdm's bar, or a function: ``ProgressCallback`` says of what.

        Returns:
            What became of each. Those that could not be sketched are ``"failed"``, with a ModelWarning
            for all of them.

        Raises:
            UsageError: An argument is wrong.
            InputError: The file is no atlas.
            IoError: The disk failed, or nothing can be written there.
        """
        with Locations() as locations:
            settings = Settings(locations, partial=partial, base=base, threads=threads, progress=progress)
            rows: list[dict[str, Any]] = []
            pending: list[str] = []

            def sketch_pending() -> None:
                if pending:
                    call = settings.call(Words("atlas", "add", self._path))
                    rows.extend(
                        outcomes_of(_core.atlas_add(call, self._path, list(pending), settings.opening))
                    )
                pending.clear()

            for model in _several(models):
                if hasattr(model, "to_json") and hasattr(model, "components"):
                    sketch_pending()
                    rows.append(self._add_sketch(model))
                else:
                    _refuse_live(model)
                    pending.append(locations.of(model))
            sketch_pending()
        return told(rows)

    def _add_sketch(self, sketch: SketchResult) -> dict[str, Any]:
        _, replaced = _core.atlas_add_line(_plain_call(), self._path, sketch.to_json(), "the sketch")
        return outcome(sketch.location, "replaced" if replaced else "added", name=sketch.name)

    def find(
        self,
        model: ModelLike,
        *,
        error_rate: float = 0.01,
        most_traced: int = 8,
        most_by_profile: int = 4,
        effort: Effort = "auto",
        rows: int | None = None,
        units: int | None = None,
        permutations: int = 100_000,
        seed: int = 1,
        partial: bool = False,
        base: ModelLike | None = None,
        threads: int | None = None,
        progress: Progress = None,
    ) -> FindResult:
        """Finds a model's relatives, with an error rate over all: docs/atlas.md, "How often it is wrong".

        Args:
            model: The model, a state dict too.
            error_rate: The chance that any stranger of the atlas is in the answer, above 0 and at most 0.5.
            most_traced: Of models that bits nominate, so many are traced, the best first; 0: none is.
            most_by_profile: So many are traced whose norms and spectra are nearest.
            effort: As of ``trace``, likewise the four below.
            rows: Draws at most so many rows of weights, 64 to 1,000,000.
            units: Draws at most so many hidden units of an MLP, 16 to 1,000,000.
            permutations: Draws of a permutation test at most, 100 to 10^12.
            seed: Of random permutations, 0 to 2^64 - 1.
            partial: True goes on where files or tensors of the model are missing, and warns of what is.
            base: The model that an adapter (PEFT) was made for.
            threads: Threads to compute with, 1 to 1,024. Numbers do not depend on it. Default: one a core.
            progress: True for tqdm's bar, or a function: ``ProgressCallback`` says of what.

        Returns:
            ``relatives`` is the answer, ``sentence`` says it in words, and ``power`` what would have been
            found; docs/find.schema.json has all.

        Raises:
            UsageError: An argument is wrong, or a state dict can't be read where it lies.
            InputError: A file is missing, breaks a rule of its format, or changed while it was read.
            IoError: The disk or the network failed.
        """
        from ..results import FindResult

        rate = _rate(error_rate)
        most_traced = number("most_traced", most_traced, 0, 2**32)
        most_by_profile = number("most_by_profile", most_by_profile, 0, 2**32)
        traced = TraceWords(effort, rows, units, permutations, seed, "auto")
        with Locations() as locations:
            settings = Settings(locations, partial=partial, base=base, threads=threads, progress=progress)
            place = locations.of(model)
            words = Words("atlas", "find", self._path, place)
            words.option("error-rate", None if rate == 0.01 else repr(rate))
            words.option("most-traced", None if most_traced == 8 else most_traced)
            words.option("most-by-profile", None if most_by_profile == 4 else most_by_profile)
            traced.say(words)
            call = settings.call(words)
            return FindResult(
                *settings.answer(
                    "atlas find",
                    lambda: _core.atlas_find(
                        call,
                        self._path,
                        place,
                        settings.opening,
                        rate,
                        most_traced,
                        most_by_profile,
                        traced.options,
                    ),
                )
            )

    def tree(
        self,
        *,
        of: str = "",
        error_rate: float = 0.01,
        threads: int | None = None,
        progress: Progress = None,
    ) -> TreeResult:
        """Says who is whose relative among all models: docs/atlas.md, "The tree".

        Args:
            of: A name or location: its relatives alone. Default: all models.
            error_rate: The chance that any two strangers are shown as relatives, above 0 and at most 0.5.
            threads: Threads to compute with, 1 to 1,024. Numbers do not depend on it. Default: one a core.
            progress: True for tqdm's bar, or a function: ``ProgressCallback`` says of what.

        Returns:
            ``models``, ``groups``, ``edges`` and ``contradictions``; docs/tree.schema.json has all.

        Raises:
            UsageError: An argument is wrong, or no record is called so.
            InputError: The atlas is damaged.
            IoError: The disk failed.
        """
        from ..results import TreeResult

        rate = _rate(error_rate)
        with Locations() as locations:
            settings = Settings(locations, threads=threads, progress=progress)
            words = Words("atlas", "tree", self._path)
            words.option("of", of or None)
            words.option("error-rate", None if rate == 0.01 else repr(rate))
            call = settings.call(words)
            return TreeResult(
                *settings.answer("atlas tree", lambda: _core.atlas_tree(call, self._path, of, rate))
            )

    def remove(self, *names: str) -> int:
        """Removes all records of these names, and returns how many. Raises UsageError for a name that
        no record has; those before it are removed by then.
        """
        removed = 0
        for name in names:
            found = _core.atlas_remove(self._path, word("a name", name))
            if not found:
                raise UsageError(f"{self._path}: no model is called {name} there", file=self._path)
            removed += found
        return removed

    def stats(self) -> AtlasResult:
        """Says what is in the atlas."""
        from ..results import AtlasResult

        return AtlasResult(*_core.atlas_stats(self._path))

    def check(self) -> list[str]:
        """Reads all of the file. Returns what is wrong, a line each, at most 100; [] where it is whole."""
        return _core.atlas_check(_plain_call(), self._path)

    def __iter__(self) -> Iterator[SketchResult]:
        from ..results import SketchResult

        for batch in batches_of(_plain_call(), self._path):
            for _, line in batch:
                yield SketchResult(line)

    def records(self) -> Table[AtlasRow]:
        """Returns a row for each model, without bits, in the order of locations: all in memory, about 1 KB
        each.
        """
        batches = batches_of(_plain_call(), self._path)
        return Table([row_of(line) for batch in batches for _, line in batch], AtlasRow)

    def __arrow_c_stream__(self, requested_schema: object = None) -> object:
        """Returns a capsule of Arrow's stream interface. Raises UsageError where pyarrow is not installed."""
        return parquet.stream_of(_plain_call(), self._path).__arrow_c_stream__(requested_schema)

    def export(self, file: str | os.PathLike[str], *, force: bool = False) -> None:
        """Writes all records to a file as lines of JSON, in the order of locations: the same bytes for
        atlases of the same records. `force`: in place of a file that is there.
        """
        flags(force=force)
        _core.atlas_export(_plain_call(), self._path, _file(file), force)

    def import_(self, *files: str | os.PathLike[str]) -> ImportCounts:
        """Adds records that were written before: by ``build``, ``modelkin sketch``, ``export``, or
        ``to_parquet`` (``*.parquet``), and all such files of ``build`` in folders.

        A thousand go in at a time; what was added before a file that can't be read stays.
        """
        counts = ImportCounts(0, 0, 0)
        for file in map(_file, files):
            if file.endswith(".parquet"):
                found = self.from_parquet(file)
            else:
                found = ImportCounts(*_core.atlas_import(_plain_call(), self._path, [file]))
            counts = ImportCounts(*map(sum, zip(counts, found)))
        return counts

    def to_parquet(self, file: str | os.PathLike[str], *, force: bool = False) -> int:
        """Writes all records to a file of Parquet, and returns how many: docs/atlas.md, "Parquet".

        `force`: in place of a file that is there. Raises UsageError where pyarrow is not installed.
        """
        flags(force=force)
        return parquet.write(_plain_call(), self._path, _file(file), force=force)

    def from_parquet(self, file: str | os.PathLike[str]) -> ImportCounts:
        """Adds the records of a file of Parquet that ``to_parquet`` wrote, or of some of its rows.

        The column `record` is what is added; columns of names, locations, families and contents that are
        there have to say the same. Raises InputError at the first row that can't be read; a thousand rows go in at a
        time, and those before stay.
        """
        total = ImportCounts(0, 0, 0)
        name = _file(file)
        for records, labels in parquet.read(name, AT_ONCE):
            added, replaced = _core.atlas_add_records(_plain_call(), self._path, records, labels)
            total = ImportCounts(total.records + len(records), total.added + added, total.replaced + replaced)
        return total

    def _repr_html_(self) -> str:
        return self.stats()._repr_html_()

    def __repr__(self) -> str:
        return f"<Atlas: {visible(self._path)}>"


def _several(models: Any) -> Iterable[Any]:
    """Returns models as a list; one alone is a list of one."""
    is_one = isinstance(models, (str, bytes, os.PathLike, Model)) or is_live(models)
    return [models] if is_one or not isinstance(models, Iterable) else models


def _refuse_live(model: Any) -> None:
    lives = model.location.startswith("memory:") if isinstance(model, Model) else is_live(model)
    if lives:
        raise UsageError(
            "an atlas keeps where models are, to read them again: save this state dict first, or find its"
            " relatives with find()"
        )


def _rate(value: Any) -> float:
    try:
        rate = float(value)
    except (TypeError, ValueError):
        rate = -1.0
    if isinstance(value, (bool, str)) or not 1e-12 <= rate <= 0.5:
        raise UsageError(f"error_rate is a number from 1e-12 to 0.5, not {value!r}")
    return rate


def _file(file: Any) -> str:
    found = path("file", file)
    if not found:
        raise UsageError("a file's path is empty")
    return found


def _plain_call() -> _core.Call:
    return _core.Call(arguments=[], threads=0, progress=None, keeps_blocks=True)
