"""Types of docs/diff.schema.json, from which scripts/make-result-types makes them."""

# mypy: disable-error-code=no-any-return
from __future__ import annotations

from typing import ClassVar, Literal

from .._record import Columns, Record, Table
from .shared import Input, Tool


class DiffSummary(Record):
    """Counts of tensors."""

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
        """Pairs, and tensors of one side alone."""
        return self.data["tensors"]

    @property
    def identical(self) -> int:
        """Pairs of the same type, shape and bytes."""
        return self.data["identical"]

    @property
    def all_identical(self) -> bool:
        """Whether every tensor has an identical partner."""
        return self.data["all_identical"]

    @property
    def found_elsewhere(self) -> int:
        """Tensors of A whose bytes B has under another name."""
        return self.data["found_elsewhere"]

    @property
    def constant_matches(self) -> int:
        """Tensors of one repeated value, or one element, whose bytes occur elsewhere: not listed, as that
        means nothing.
        """
        return self.data["constant_matches"]

    @property
    def left_out(self) -> int:
        """Tensors of both sides that the filter left out."""
        return self.data["left_out"]


class DiffSide(Record):
    """A's tensor; null where B's has no partner."""

    __slots__ = ()
    _columns: ClassVar[Columns] = {
        "name": "text",
        "dtype": "text",
        "shape": ["int"],
        "sha256": "text",
    }

    @property
    def name(self) -> str:
        """As the file has it."""
        return self.data["name"]

    @property
    def dtype(self) -> str:
        """The type that the file stores: "BF16"."""
        return self.data["dtype"]

    @property
    def shape(self) -> list[int]:
        """Extents, row-major."""
        return self.data["shape"]

    @property
    def sha256(self) -> str:
        """Of the tensor's bytes, as hexadecimal digits."""
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
        """The smallest distance, in units in the last place."""
        return self.data["from"]

    @property
    def to(self) -> int:
        """The largest distance, in units in the last place."""
        return self.data["to"]

    @property
    def count(self) -> int:
        """Pairs of elements at such a distance."""
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
        """Pairs of elements with a NaN on either side, which have no distance."""
        return self.data["nan_pairs"]

    @property
    def buckets(self) -> Table[DiffTensorUlpDistancesBucket]:
        """Elements whose distance lies in [from, to]; empty buckets are left out."""
        return Table(self.data["buckets"], DiffTensorUlpDistancesBucket)


class DiffTensor(Record):
    """A row for each pair, and for each tensor of one side alone."""

    __slots__ = ()
    _columns: ClassVar[Columns] = {
        "a": DiffSide,
        "b": DiffSide,
        "identical": "bool",
        "bit_equal": "int",
        "relative_change": "float",
        "ulp_distances": DiffTensorUlpDistances,
    }

    @property
    def a(self) -> DiffSide | None:
        """A's tensor; null where B's has no partner."""
        value = self.data["a"]
        return None if value is None else DiffSide(value)

    @property
    def b(self) -> DiffSide | None:
        """B's tensor; null where A's has no partner."""
        value = self.data["b"]
        return None if value is None else DiffSide(value)

    @property
    def identical(self) -> bool:
        """Whether type, shape and bytes are the same."""
        return self.data["identical"]

    @property
    def bit_equal(self) -> int | None:
        """Elements with the same bits; null where types or shapes differ, or elements do not fill whole
        bytes.
        """
        return self.data["bit_equal"]

    @property
    def relative_change(self) -> float | None:
        """|a - b| / |a|, by norms over elements that are finite on both sides; 0 if identical. Null where
        types or shapes differ (with --by-value: shapes), elements are codes or no numbers that are
        compared, or a is 0.
        """
        return self.data["relative_change"]

    @property
    def ulp_distances(self) -> DiffTensorUlpDistances | None:
        """Null where types or shapes differ, the type is no float, or the bytes are identical."""
        value = self.data["ulp_distances"]
        return None if value is None else DiffTensorUlpDistances(value)


class DiffFoundElsewhere(Record):
    """Tensors of A whose bytes turn up in B under another name."""

    __slots__ = ()
    _columns: ClassVar[Columns] = {
        "a": "text",
        "b": ["text"],
        "also_at_partner": "bool",
    }

    @property
    def a(self) -> str:
        """A's name."""
        return self.data["a"]

    @property
    def b(self) -> list[str]:
        """Names in B."""
        return self.data["b"]

    @property
    def also_at_partner(self) -> bool:
        """Whether the tensor of the same name has these bytes too."""
        return self.data["also_at_partner"]


DiffRunRequestComponent = Literal["text", "vision", "audio", "projector", "prediction"]


class DiffRunRequest(Record):
    """What was asked for, all that numbers depend on but the inputs: modelkin verify asks again."""

    __slots__ = ()
    _columns: ClassVar[Columns] = {
        "kind": "text",
        "partial": "bool",
        "components": ["text"],
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
        """What was asked for."""
        return self.data["kind"]

    @property
    def partial(self) -> bool:
        """Whether missing files and tensors were let pass."""
        return self.data["partial"]

    @property
    def components(self) -> list[DiffRunRequestComponent] | None:
        """Components that alone were looked at, if such were named."""
        return self.data.get("components")

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
        """Shell globs of names that were taken; none: all."""
        return self.data["include"]

    @property
    def exclude(self) -> list[str]:
        """Shell globs of names that were left out."""
        return self.data["exclude"]

    @property
    def renames(self) -> list[list[str]]:
        """Pattern and replacement of names of A, in order."""
        return self.data["renames"]

    @property
    def digest(self) -> Literal["auto", "always", "never"]:
        """Whether whole files were digested."""
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
        """The command's name."""
        return self.data["command"]

    @property
    def arguments(self) -> list[str]:
        """The program's arguments, the command first."""
        return self.data["arguments"]

    @property
    def threads(self) -> int:
        """Threads that shared the work; numbers do not depend on them."""
        return self.data["threads"]

    @property
    def simd_target(self) -> str:
        """The instruction set that was used, as of Highway's names."""
        return self.data["simd_target"]

    @property
    def request(self) -> DiffRunRequest:
        """What was asked for, all that numbers depend on but the inputs: modelkin verify asks again."""
        return DiffRunRequest(self.data["request"])


class DiffRecord(Record):
    """JSON output of ``modelkin diff``, version 1.4."""

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
        """The version of the JSON's format."""
        return self.data["schema_version"]

    @property
    def tool(self) -> Tool:
        """The program that wrote it."""
        return Tool(self.data["tool"])

    @property
    def inputs(self) -> Table[Input]:
        """A and B; as in results.schema.json."""
        return Table(self.data["inputs"], Input)

    @property
    def summary(self) -> DiffSummary:
        """Counts of tensors."""
        return DiffSummary(self.data["summary"])

    @property
    def tensors(self) -> Table[DiffTensor]:
        """A row for each pair, and for each tensor of one side alone."""
        return Table(self.data["tensors"], DiffTensor)

    @property
    def found_elsewhere(self) -> Table[DiffFoundElsewhere]:
        """Tensors of A whose bytes turn up in B under another name."""
        return Table(self.data["found_elsewhere"], DiffFoundElsewhere)

    @property
    def run(self) -> DiffRun:
        """How the numbers were made; the only part that may differ between runs on the same inputs."""
        return DiffRun(self.data["run"])
