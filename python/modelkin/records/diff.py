"""Types of docs/diff.schema.json, from which scripts/make-result-types makes them."""

# mypy: disable-error-code=no-any-return
from __future__ import annotations

from typing import ClassVar, Literal

from .._record import Columns, Record, Table
from .shared import Input, Tool


class DiffSummary(Record):
    """``DiffSummary`` of the JSON."""

    __slots__ = ()
    _columns: ClassVar[Columns] = {
        "tensors": "int",
        "identical": "int",
        "all_identical": "bool",
        "found_elsewhere": "int",
        "constant_matches": "int",
        "left_out": "int",
    }

    @property
    def tensors(self) -> int:
        """Tensors."""
        return self.data["tensors"]

    @property
    def identical(self) -> int:
        """Identical."""
        return self.data["identical"]

    @property
    def all_identical(self) -> bool:
        """All identical."""
        return self.data["all_identical"]

    @property
    def found_elsewhere(self) -> int:
        """Found elsewhere."""
        return self.data["found_elsewhere"]

    @property
    def constant_matches(self) -> int:
        """Tensors of one repeated value, or one element, whose bytes occur elsewhere: not listed, as that
        means nothing.
        """
        return self.data["constant_matches"]

    @property
    def left_out(self) -> int:
        """Left out."""
        return self.data["left_out"]


class DiffSide(Record):
    """``DiffSide`` of the JSON."""

    __slots__ = ()
    _columns: ClassVar[Columns] = {
        "name": "text",
        "dtype": "text",
        "shape": ["int"],
        "sha256": "text",
    }

    @property
    def name(self) -> str:
        """Name."""
        return self.data["name"]

    @property
    def dtype(self) -> str:
        """Dtype."""
        return self.data["dtype"]

    @property
    def shape(self) -> list[int]:
        """Shape."""
        return self.data["shape"]

    @property
    def sha256(self) -> str:
        """Sha256."""
        return self.data["sha256"]


class DiffTensorUlpDistancesBucket(Record):
    """Elements whose distance lies in [from, to]; empty buckets are left out."""

    __slots__ = ()
    _columns: ClassVar[Columns] = {
        "from": "int",
        "to": "int",
        "count": "int",
    }

    @property
    def from_(self) -> int:
        """From."""
        return self.data["from"]

    @property
    def to(self) -> int:
        """To."""
        return self.data["to"]

    @property
    def count(self) -> int:
        """Count."""
        return self.data["count"]


class DiffTensorUlpDistances(Record):
    """Null where types or shapes differ, the type is no float, or the bytes are identical."""

    __slots__ = ()
    _columns: ClassVar[Columns] = {
        "nan_pairs": "int",
        "buckets": [DiffTensorUlpDistancesBucket],
    }

    @property
    def nan_pairs(self) -> int:
        """Nan pairs."""
        return self.data["nan_pairs"]

    @property
    def buckets(self) -> Table[DiffTensorUlpDistancesBucket]:
        """Elements whose distance lies in [from, to]; empty buckets are left out."""
        return Table(self.data["buckets"], DiffTensorUlpDistancesBucket)


class DiffTensor(Record):
    """``DiffTensor`` of the JSON."""

    __slots__ = ()
    _columns: ClassVar[Columns] = {
        "a": DiffSide,
        "b": DiffSide,
        "identical": "bool",
        "bit_equal": "int",
        "ulp_distances": DiffTensorUlpDistances,
    }

    @property
    def a(self) -> DiffSide | None:
        """A."""
        value = self.data["a"]
        return None if value is None else DiffSide(value)

    @property
    def b(self) -> DiffSide | None:
        """B."""
        value = self.data["b"]
        return None if value is None else DiffSide(value)

    @property
    def identical(self) -> bool:
        """Identical."""
        return self.data["identical"]

    @property
    def bit_equal(self) -> int | None:
        """Bit equal."""
        return self.data["bit_equal"]

    @property
    def ulp_distances(self) -> DiffTensorUlpDistances | None:
        """Null where types or shapes differ, the type is no float, or the bytes are identical."""
        value = self.data["ulp_distances"]
        return None if value is None else DiffTensorUlpDistances(value)


class DiffFoundElsewhere(Record):
    """``DiffFoundElsewhere`` of the JSON."""

    __slots__ = ()
    _columns: ClassVar[Columns] = {
        "a": "text",
        "b": ["text"],
        "also_at_partner": "bool",
    }

    @property
    def a(self) -> str:
        """A."""
        return self.data["a"]

    @property
    def b(self) -> list[str]:
        """B."""
        return self.data["b"]

    @property
    def also_at_partner(self) -> bool:
        """Also at partner."""
        return self.data["also_at_partner"]


class DiffRunRequest(Record):
    """What was asked for, all that numbers depend on but the inputs: modelkin verify asks again."""

    __slots__ = ()
    _columns: ClassVar[Columns] = {
        "kind": "text",
        "partial": "bool",
        "base": "text",
        "layers": [["int"]],
        "include": ["text"],
        "exclude": ["text"],
        "renames": [["text"]],
        "digest": "text",
        "by_value": "bool",
    }

    @property
    def kind(self) -> Literal["diff"]:
        """Kind."""
        return self.data["kind"]

    @property
    def partial(self) -> bool:
        """Partial."""
        return self.data["partial"]

    @property
    def base(self) -> str | None:
        """The model that adapters were opened with, if one was named."""
        return self.data.get("base")

    @property
    def layers(self) -> list[list[int]]:
        """Ranges of layers, both ends included; none: all."""
        return self.data["layers"]

    @property
    def include(self) -> list[str]:
        """Include."""
        return self.data["include"]

    @property
    def exclude(self) -> list[str]:
        """Exclude."""
        return self.data["exclude"]

    @property
    def renames(self) -> list[list[str]]:
        """Pattern and replacement of names of A, in order."""
        return self.data["renames"]

    @property
    def digest(self) -> Literal["auto", "always", "never"]:
        """Digest."""
        return self.data["digest"]

    @property
    def by_value(self) -> bool:
        """Whether quantised weights were decoded, and compared by value; else tensors as the files hold
        them.
        """
        return self.data["by_value"]


class DiffRun(Record):
    """How the numbers were made; the only part that may differ between runs on the same inputs."""

    __slots__ = ()
    _columns: ClassVar[Columns] = {
        "command": "text",
        "arguments": ["text"],
        "threads": "int",
        "simd_target": "text",
        "request": DiffRunRequest,
    }

    @property
    def command(self) -> str:
        """Command."""
        return self.data["command"]

    @property
    def arguments(self) -> list[str]:
        """Arguments."""
        return self.data["arguments"]

    @property
    def threads(self) -> int:
        """Threads."""
        return self.data["threads"]

    @property
    def simd_target(self) -> str:
        """Simd target."""
        return self.data["simd_target"]

    @property
    def request(self) -> DiffRunRequest:
        """What was asked for, all that numbers depend on but the inputs: modelkin verify asks again."""
        return DiffRunRequest(self.data["request"])


class DiffRecord(Record):
    """JSON output of ``modelkin diff``, version 1.0."""

    __slots__ = ()
    _columns: ClassVar[Columns] = {
        "schema_version": "text",
        "tool": Tool,
        "inputs": [Input],
        "summary": DiffSummary,
        "tensors": [DiffTensor],
        "found_elsewhere": [DiffFoundElsewhere],
        "run": DiffRun,
    }

    @property
    def schema_version(self) -> str:
        """Schema version."""
        return self.data["schema_version"]

    @property
    def tool(self) -> Tool:
        """Tool."""
        return Tool(self.data["tool"])

    @property
    def inputs(self) -> Table[Input]:
        """Inputs."""
        return Table(self.data["inputs"], Input)

    @property
    def summary(self) -> DiffSummary:
        """Summary."""
        return DiffSummary(self.data["summary"])

    @property
    def tensors(self) -> Table[DiffTensor]:
        """Tensors."""
        return Table(self.data["tensors"], DiffTensor)

    @property
    def found_elsewhere(self) -> Table[DiffFoundElsewhere]:
        """Found elsewhere."""
        return Table(self.data["found_elsewhere"], DiffFoundElsewhere)

    @property
    def run(self) -> DiffRun:
        """How the numbers were made; the only part that may differ between runs on the same inputs."""
        return DiffRun(self.data["run"])
