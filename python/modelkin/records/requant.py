"""Types of docs/requant.schema.json, from which scripts/make-result-types makes them."""

# mypy: disable-error-code=no-any-return
from __future__ import annotations

from typing import Any, ClassVar, Literal

from .._record import Columns, Record, Table
from .shared import Input, Tool


class RequantMixType(Record):
    """Types, those of most elements first."""

    __slots__ = ()
    _columns: ClassVar[Columns] = {
        "type": "text",
        "tensors": "int",
        "elements": "int",
        "bytes": "int",
    }

    @property
    def type(self) -> str:
        """As inspect calls it: "Q4_K", "BF16", "GPTQ, 4 bits, groups of 128"."""
        return self.data["type"]

    @property
    def tensors(self) -> int:
        """Tensors stored so."""
        return self.data["tensors"]

    @property
    def elements(self) -> int:
        """Their elements."""
        return self.data["elements"]

    @property
    def bytes(self) -> int:
        """Their bytes, with scales."""
        return self.data["bytes"]


class RequantMix(Record):
    """What the quantised model's numbers are stored as."""

    __slots__ = ()
    _columns: ClassVar[Columns] = {
        "name": "text",
        "bits_a_weight": "float",
        "types": [RequantMixType],
    }

    @property
    def name(self) -> str | None:
        """llama.cpp's name for the mix, "Q4_K_M", that a GGUF file gives itself; null for none, and where
        its types are of another mix.
        """
        return self.data["name"]

    @property
    def bits_a_weight(self) -> float:
        """Of all tensors, with scales."""
        return self.data["bits_a_weight"]

    @property
    def types(self) -> Table[RequantMixType]:
        """Types, those of most elements first."""
        return Table(self.data["types"], RequantMixType)


class RequantSummary(Record):
    """Counts."""

    __slots__ = ()
    _columns: ClassVar[Columns] = {
        "identical": "int",
        "consistent": "int",
        "deviating": "int",
        "unchecked": "int",
        "only_in_original": "int",
        "only_in_quantised": "int",
        "quantised": "int",
        "blocks": "int",
        "blocks_consistent": "int",
        "blocks_deviating": "int",
    }

    @property
    def identical(self) -> int:
        """Tensors of which every byte is the same."""
        return self.data["identical"]

    @property
    def consistent(self) -> int:
        """Tensors of which every block is explained."""
        return self.data["consistent"]

    @property
    def deviating(self) -> int:
        """Tensors with a block that is not, or of another shape."""
        return self.data["deviating"]

    @property
    def unchecked(self) -> int:
        """Tensors of both that are of no form that is made here."""
        return self.data["unchecked"]

    @property
    def only_in_original(self) -> int:
        """Tensors that the quantised model lacks."""
        return self.data["only_in_original"]

    @property
    def only_in_quantised(self) -> int:
        """Tensors that the original lacks."""
        return self.data["only_in_quantised"]

    @property
    def quantised(self) -> int:
        """Tensors of the quantised model that are quantised; others are kept as floats."""
        return self.data["quantised"]

    @property
    def blocks(self) -> int:
        """Blocks of all tensors that were checked."""
        return self.data["blocks"]

    @property
    def blocks_consistent(self) -> int:
        """Blocks that are explained, but not the same."""
        return self.data["blocks_consistent"]

    @property
    def blocks_deviating(self) -> int:
        """Blocks that are not explained."""
        return self.data["blocks_deviating"]


class RequantTensorFirstDeviating(Record):
    """The first eight blocks that deviate."""

    __slots__ = ()
    _columns: ClassVar[Columns] = {
        "block": "int",
        "element": "int",
        "file": "text",
        "offset": "int",
        "steps": "float",
    }

    @property
    def block(self) -> int:
        """Its number in the stored tensor."""
        return self.data["block"]

    @property
    def element(self) -> int:
        """Its first element, counted through the weight."""
        return self.data["element"]

    @property
    def file(self) -> str:
        """The file that it lies in."""
        return self.data["file"]

    @property
    def offset(self) -> int:
        """Where it begins in that file, in bytes: of codes that lie across rows the tensor."""
        return self.data["offset"]

    @property
    def steps(self) -> float | None:
        """Its largest distance, in steps; null where it is not finite."""
        return self.data["steps"]


class RequantTensor(Record):
    """A row for each pair, and for each tensor of one side alone."""

    __slots__ = ()
    _columns: ClassVar[Columns] = {
        "quantised": "text",
        "original": "text",
        "stored_name": "text",
        "type": "text",
        "outcome": "text",
        "reason": "text",
        "quantiser": "text",
        "by_way_of": "text",
        "block_values": "int",
        "blocks": "int",
        "blocks_identical": "int",
        "blocks_consistent": "int",
        "blocks_deviating": "int",
        "largest_deviation": "float",
        "largest_deviation_steps": "float",
        "first_deviating": [RequantTensorFirstDeviating],
    }

    @property
    def quantised(self) -> str | None:
        """The quantised model's tensor, under the name it was paired by; null where it has none."""
        return self.data["quantised"]

    @property
    def original(self) -> str | None:
        """The original's tensor; null where it has none."""
        return self.data["original"]

    @property
    def stored_name(self) -> str | None:
        """The quantised model's name in its file."""
        return self.data["stored_name"]

    @property
    def type(self) -> str | None:
        """What it is stored as."""
        return self.data["type"]

    @property
    def outcome(self) -> Literal["identical", "consistent", "deviates", "unchecked"]:
        """As of the whole; or that it was not checked."""
        return self.data["outcome"]

    @property
    def reason(self) -> str | None:
        """Why it deviates as a whole, or was not checked, or what was left out."""
        return self.data["reason"]

    @property
    def quantiser(self) -> str | None:
        """What made it so: "ggml Q4_K", "ggml Q4_K with an importance matrix", "kept as F32". Null where
        no block is the same.
        """
        return self.data["quantiser"]

    @property
    def by_way_of(self) -> Literal["F16", "BF16"] | None:
        """The type that the original's values were rounded to before they were quantised; null where that
        is their own.
        """
        return self.data["by_way_of"]

    @property
    def block_values(self) -> int:
        """Values of a block: of what shares a scale, or 256 of what has none. 0 of what was not checked."""
        return self.data["block_values"]

    @property
    def blocks(self) -> int:
        """Blocks that were compared."""
        return self.data["blocks"]

    @property
    def blocks_identical(self) -> int:
        """Blocks whose bytes are the same."""
        return self.data["blocks_identical"]

    @property
    def blocks_consistent(self) -> int:
        """Others that are explained."""
        return self.data["blocks_consistent"]

    @property
    def blocks_deviating(self) -> int:
        """Blocks that are not."""
        return self.data["blocks_deviating"]

    @property
    def largest_deviation(self) -> float | None:
        """Largest distance of a value of the original from what is stored for it, over blocks that are not
        the same, in the values' own unit; null where one is not finite.
        """
        return self.data["largest_deviation"]

    @property
    def largest_deviation_steps(self) -> float | None:
        """The same in steps of the grid at that value: rounding to the nearest leaves half a step. Null
        where one is not finite.
        """
        return self.data["largest_deviation_steps"]

    @property
    def first_deviating(self) -> Table[RequantTensorFirstDeviating]:
        """The first eight blocks that deviate."""
        return Table(self.data["first_deviating"], RequantTensorFirstDeviating)


class RequantRecord(Record):
    """JSON output of ``modelkin requant``, version 1.0."""

    __slots__ = ()
    _columns: ClassVar[Columns] = {
        "schema_version": "text",
        "tool": Tool,
        "inputs": [Input],
        "outcome": "text",
        "mix": RequantMix,
        "summary": RequantSummary,
        "tensors": [RequantTensor],
        "run": "any",
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
        """The claimed original as a, the quantised model as b; as in results.schema.json."""
        return Table(self.data["inputs"], Input)

    @property
    def outcome(self) -> Literal["identical", "consistent", "deviates"]:
        """Of all tensors: identical (each is byte for byte what a quantiser makes of the original),
        consistent (each is one that a quantiser could have chosen), or deviates (one is not, or the
        original has no such tensor).
        """
        return self.data["outcome"]

    @property
    def mix(self) -> RequantMix:
        """What the quantised model's numbers are stored as."""
        return RequantMix(self.data["mix"])

    @property
    def summary(self) -> RequantSummary:
        """Counts."""
        return RequantSummary(self.data["summary"])

    @property
    def tensors(self) -> Table[RequantTensor]:
        """A row for each pair, and for each tensor of one side alone."""
        return Table(self.data["tensors"], RequantTensor)

    @property
    def run(self) -> dict[str, Any]:
        """How the numbers were made; the only part that may differ between runs on the same inputs."""
        return self.data["run"]
