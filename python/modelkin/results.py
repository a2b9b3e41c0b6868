"""What requests return."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, TypeVar

from ._errors import UsageError
from ._record import Record, Table, TensorRow
from ._text import visible
from ._views.words import names_of_models
from .records.atlas import AtlasRecord
from .records.attestation import AttestationRecord
from .records.audit import AuditRecord
from .records.check import CheckRecord
from .records.config import ConfigRecord
from .records.diff import DiffRecord
from .records.dynamics import DynamicsRecord
from .records.explain import ExplainRecord
from .records.find import FindRecord
from .records.inspect import InspectRecord
from .records.merge import MergeRecord
from .records.report import ReportRecord
from .records.requant import RequantRecord
from .records.results import CompareRecord
from .records.run import RunRecord
from .records.sketch import SketchRecord
from .records.tokenizer import TokenizerRecord
from .records.trace import TraceRecord, TraceRelationKind
from .records.tree import TreeRecord
from .records.verify import VerifyRecord

__all__ = [
    "AtlasResult",
    "AttestResult",
    "AuditResult",
    "CheckResult",
    "CompareResult",
    "ConfigResult",
    "DiffResult",
    "DynamicsResult",
    "ExplainResult",
    "FindResult",
    "InspectResult",
    "MergeResult",
    "Record",
    "ReportResult",
    "RequantResult",
    "Result",
    "RunResult",
    "SketchResult",
    "Table",
    "TensorRow",
    "TokenizerResult",
    "TraceResult",
    "TreeResult",
    "VerifyResult",
]

if TYPE_CHECKING:
    from ._views.plots import ComparePlots, DiffPlots, DynamicsPlots, TracePlots

AnyResult = TypeVar("AnyResult", bound="Result")


class Result(Record):
    """What a request found: the program's JSON, its members as attributes.

    ``str()`` is what the program prints, ``to_json()`` its JSON, byte for byte. Two are equal if their
    JSON is but for ``run``, which says how the numbers were made. Results can be pickled.
    """

    _command: ClassVar[str] = ""

    def __init__(self, json_text: str, text: str = "") -> None:
        self._json = json_text
        self._text = text
        self._parsed: dict[str, Any] | None = None

    @classmethod
    def from_json(cls: type[AnyResult], source: str | os.PathLike[str]) -> AnyResult:
        """Reads JSON that the program wrote: a path, or the text itself. ``Result.from_json`` takes any kind.

        Raises UsageError for another kind of result, and for what is none; OSError for a file that
        can't be read. ``str()`` of it is its ``repr``: the program's words for people are not in the JSON.
        """
        if not isinstance(source, (str, os.PathLike)):
            raise UsageError(f"from_json takes a path or JSON as text, not {type(source).__name__}")
        is_text = isinstance(source, str) and source.lstrip()[:1] in ("{", "[")
        where = "the text" if is_text else os.fspath(source)
        try:
            text = str(source) if is_text else Path(source).read_text(encoding="utf-8")
            found = json.loads(text)
        except (ValueError, RecursionError) as error:
            raise UsageError(f"{where} is no JSON: {error}") from None
        for kind in _KINDS:
            if kind._fits(found):
                if issubclass(kind, cls):
                    return kind(text)
                raise UsageError(f"{where} is of modelkin {kind._command}, not of modelkin {cls._command}")
        raise UsageError(f"{where} is no result of modelkin")

    @classmethod
    def _fits(cls, found: Any) -> bool:
        """Returns whether parsed JSON has the members of this kind of result."""
        return isinstance(found, dict) and all(name in found for name in cls._columns)

    @property
    def data(self) -> dict[str, Any]:
        """The JSON as dicts and lists, with members that this version knows nothing of."""
        if self._parsed is None:
            self._parsed = json.loads(self._json)
        return self._parsed

    def to_json(self) -> str:
        """Returns the program's JSON as it wrote it."""
        return self._json

    def to_html(self) -> str:
        """Returns a page by itself: what the notebook shows, without scripts, light or dark."""
        from ._views import cards

        return cards.page_of(self)

    def _repr_html_(self) -> str:
        from ._views import cards

        return cards.card_of(self)

    def __str__(self) -> str:
        return self._text or repr(self)

    def __repr__(self) -> str:
        return f"<{type(self).__name__}: {visible(self._in_a_line())}>"

    def _in_a_line(self) -> str:
        """What `repr` says: the verdict, or counts."""
        raise NotImplementedError

    def __eq__(self, other: object) -> bool:
        if type(other) is not type(self) or not isinstance(other, Result):
            return NotImplemented
        return self._json == other._json or _without_run(self.data) == _without_run(other.data)

    def __hash__(self) -> int:
        return hash((type(self), json.dumps(_without_run(self.data), sort_keys=True)))

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (self._json, self._text)


def _without_run(data: dict[str, Any]) -> dict[str, Any]:
    """Returns a result's JSON without what may differ between runs, in the parts of a report too."""
    return {
        name: _without_run(value) if isinstance(value, dict) and "run" in value else value
        for name, value in data.items()
        if name != "run"
    }


def _names(result: Result) -> str:
    """Returns the models' names, as their paths end."""
    return " ~ ".join(names_of_models([str(record["path"]) for record in result.data["inputs"]])[:2])


class InspectResult(Result, InspectRecord):
    """What a model is: ``mk.inspect``."""

    _command = "inspect"

    def _in_a_line(self) -> str:
        total = "size unknown" if self.parameters is None else f"{self.parameters.total:,} parameters"
        return f"{self.model}, {self.family or 'of unknown family'}, {total}, {len(self.findings)} findings"


class ConfigResult(Result, ConfigRecord):
    """Configurations side by side: ``mk.config``."""

    _command = "config"

    def _in_a_line(self) -> str:
        return f"{len(self.models)} models, {self.summary.same} of {self.summary.compared} values the same"


class TokenizerResult(Result, TokenizerRecord):
    """Two tokenizers: ``mk.tokenizer``."""

    _command = "tokenizer"

    def _in_a_line(self) -> str:
        return f"{self.tokens.shared:,} tokens shared, of {self.tokens.a:,} and {self.tokens.b:,}"


class CompareResult(Result, CompareRecord):
    """Two models tensor by tensor: ``mk.compare``."""

    _command = "compare"

    @property
    def plot(self) -> ComparePlots:
        """Plots, by matplotlib or plotly."""
        from ._views.plots import ComparePlots

        return ComparePlots(self)

    def _in_a_line(self) -> str:
        summary = self.summary
        alone = summary.only_in_a + summary.only_in_b
        return (
            f"{_names(self)}, {summary.compared:,} tensors compared, {summary.byte_identical:,} identical,"
            f" {alone:,} in one alone"
        )


class TraceResult(Result, TraceRecord):
    """Whether two models go back to one, and how: ``mk.trace``."""

    _command = "trace"

    @property
    def sentence(self) -> str:
        """The verdict in a sentence."""
        return self.verdict.sentence

    @property
    def kinds(self) -> Table[TraceRelationKind]:
        """How B was made from A; empty where nothing is known of that."""
        relation = self.relation
        return Table([], TraceRelationKind) if relation is None else relation.kinds

    @property
    def plot(self) -> TracePlots:
        """Plots, by matplotlib or plotly."""
        from ._views.plots import TracePlots

        return TracePlots(self)

    def _in_a_line(self) -> str:
        run = [test for test in self.tests if test.skipped is None]
        strong = sum(test.strong for test in run)
        kinds = "".join(f", {kind.kind}" for kind in self.kinds)
        return f"{_names(self)}, {self.verdict.category}, {strong} of {len(run)} tests strong{kinds}"


class DynamicsResult(Result, DynamicsRecord):
    """What moved between the checkpoints of a run: ``mk.trace`` of three or more."""

    _command = "trace, of three checkpoints or more"

    @property
    def plot(self) -> DynamicsPlots:
        """Plots, by matplotlib or plotly."""
        from ._views.plots import DynamicsPlots

        return DynamicsPlots(self)

    def _in_a_line(self) -> str:
        most = f", layer {self.by_last_drift[0]} moved most" if self.by_last_drift else ""
        return f"{len(self.inputs)} checkpoints, {len(self.layers)} layers{most}"


class DiffResult(Result, DiffRecord):
    """Two models to the bit: ``mk.diff``."""

    _command = "diff"

    @property
    def all_identical(self) -> bool:
        """Whether all tensors of both are there in the other, with the same bytes."""
        return self.summary.all_identical

    @property
    def plot(self) -> DiffPlots:
        """Plots, by matplotlib or plotly."""
        from ._views.plots import DiffPlots

        return DiffPlots(self)

    def _in_a_line(self) -> str:
        summary = self.summary
        return f"{_names(self)}, {summary.identical:,} of {summary.tensors:,} tensors identical"


class MergeResult(Result, MergeRecord):
    """A merge carried out again: ``mk.merge``."""

    _command = "merge"

    def _in_a_line(self) -> str:
        summary = self.summary
        return f"{self.recipe.merge_method}, {self.outcome}, {summary.equal:,} of {summary.tensors:,} tensors equal"


class RequantResult(Result, RequantRecord):
    """A quantised model beside what quantisers make of its original: ``mk.requant``."""

    _command = "requant"

    def _in_a_line(self) -> str:
        summary = self.summary
        return f"{_names(self)}, {self.outcome}, {summary.blocks_deviating:,} of {summary.blocks:,} blocks deviate"


class RunResult(Result, RunRecord):
    """A model run on texts or images: ``mk.run``."""

    _command = "run"

    def _in_a_line(self) -> str:
        if self.images:
            patches = sum(image.frames * image.rows * image.columns for image in self.images)
            return f"{self.family}, {len(self.images)} images, {patches:,} patches, {len(self.layers)} layers"
        tokens = sum(len(text.ids) for text in self.texts)
        return f"{self.family}, {len(self.texts)} texts, {tokens:,} tokens, {len(self.layers)} layers"


class ExplainResult(Result, ExplainRecord):
    """One part of a model in numbers: ``mk.explain``."""

    _command = "explain"

    def _in_a_line(self) -> str:
        return f"{self.topic}, {self.family}, {self.formula.title}"


class AttestResult(Result, AttestationRecord):
    """What a trace found, for others to check: ``mk.attest``. Its members are those of the statement."""

    _command = "attest"

    def __init__(self, json_text: str, text: str = "", attestation: str = "") -> None:
        super().__init__(json_text, text)
        self._attestation = attestation

    def to_attestation(self) -> str:
        """Returns the file that ``modelkin attest`` writes: signed, if a key was given."""
        return self._attestation or self._json

    def _in_a_line(self) -> str:
        claim = self.predicate.claim
        signed = "signed" if self.to_attestation() != self._json else "not signed"
        return f"{claim.b} is built on {claim.a}: {claim.outcome}, {signed}"


class AuditResult(Result, AuditRecord):
    """One model beside many: ``mk.audit``."""

    _command = "audit"

    def __init__(self, json_text: str, text: str = "", page: str = "") -> None:
        super().__init__(json_text, text)
        self._page = page

    def to_html(self) -> str:
        """Returns a page in English and Korean. Raises UsageError for an audit read from JSON alone."""
        if not self._page:
            raise UsageError("the page is not in the JSON of an audit: ask mk.audit for it again")
        return self._page

    def _in_a_line(self) -> str:
        return (
            f"{self.outcome}, {self.found:,} of {len(self.models):,} models found,"
            f" {self.untestable:,} untestable"
        )


class CheckResult(Result, CheckRecord):
    """What a model's card claims, held against its weights: ``mk.check``."""

    _command = "check"

    def _in_a_line(self) -> str:
        outcomes = ", ".join(f"{claim.claim}: {claim.outcome}" for claim in self.claims)
        return f"{'failed' if self.failed else 'passed'}, {outcomes}"


class VerifyResult(Result, VerifyRecord):
    """Results held against the same request made again: ``mk.verify``."""

    _command = "verify"

    def _in_a_line(self) -> str:
        what = "confirmed" if self.confirmed else "not confirmed"
        return f"{what}, {self.equal:,} values equal, {self.close:,} close, {self.different:,} different"


class ReportResult(Result, ReportRecord):
    """Everything about two models: ``mk.report``."""

    _command = "report --format json"

    def __init__(self, json_text: str, markdown: str = "", page: str = "") -> None:
        super().__init__(json_text, markdown)
        self._page = page

    def to_html(self) -> str:
        """Returns the report's page, which needs no network.

        Raises UsageError where the package was built without pages, and for a report read from JSON alone.
        """
        if self._page:
            return self._page
        if not self._text:
            raise UsageError("the page is not in the JSON of a report: ask mk.report for it again")
        raise UsageError("this modelkin was built without report pages: to_markdown() has the report")

    def to_markdown(self) -> str:
        """Returns the report as Markdown. Raises UsageError for one read from JSON alone."""
        if not self._text:
            raise UsageError("Markdown is not in the JSON of a report: ask mk.report for it again")
        return self._text

    @property
    def plot(self) -> TracePlots:
        """Plots of the trace, by matplotlib or plotly."""
        from ._views.plots import TracePlots

        return TracePlots(self.trace)

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (self._json, self._text, self._page)

    def _in_a_line(self) -> str:
        return f"{self.names.a} ~ {self.names.b}, {self.trace.verdict.category}"


class SketchResult(Result, SketchRecord):
    """What is kept of a model to find its relatives: ``mk.sketch``."""

    _command = "sketch"

    def _in_a_line(self) -> str:
        kinds = ", ".join(component.kind for component in self.components)
        return f"{self.name}, {self.family or 'of unknown family'}, {kinds}"


class FindResult(Result, FindRecord):
    """A model's relatives in an atlas: ``mk.atlas.Atlas.find``."""

    _command = "atlas find"

    def _in_a_line(self) -> str:
        found = ", ".join(found.model for found in self.relatives) or "no relative found"
        return f"{names_of_models([self.model])[0]}: {found}, of {self.records:,} models"


class TreeResult(Result, TreeRecord):
    """Who is whose relative in an atlas: ``mk.atlas.Atlas.tree``."""

    _command = "atlas tree"

    def _in_a_line(self) -> str:
        return f"{self.atlas}, {len(self.models):,} models in {len(self.groups):,} groups"


class AtlasResult(Result, AtlasRecord):
    """What is in an atlas: ``mk.atlas.Atlas.stats``."""

    _command = "atlas stats"

    def _in_a_line(self) -> str:
        return f"{self.atlas}, {self.records:,} models, {self.bytes:,} bytes"


_KINDS: tuple[type[Result], ...] = (
    AtlasResult,
    AttestResult,
    AuditResult,
    CheckResult,
    CompareResult,
    ConfigResult,
    DiffResult,
    DynamicsResult,
    ExplainResult,
    FindResult,
    InspectResult,
    MergeResult,
    ReportResult,
    RequantResult,
    RunResult,
    SketchResult,
    TokenizerResult,
    TraceResult,
    TreeResult,
    VerifyResult,
)
