"""Types of docs/dynamics.schema.json, from which scripts/make-result-types makes them."""

# mypy: disable-error-code=no-any-return
from __future__ import annotations

from typing import ClassVar, Literal

from .._record import Columns, Record, Table
from .shared import Input, Tool


class DynamicsProfile(Record):
    """Of a set of tensors as one vector: one number a checkpoint (norms), a step (steps, drifts,
    total_drifts) or a pair of steps (update_cosines). null: undefined.
    """

    __slots__ = ()
    _columns: ClassVar[Columns] = {
        "layer": "int",
        "tensors": "int",
        "elements": "int",
        "norms": ["float"],
        "steps": ["float"],
        "drifts": ["float"],
        "total_drifts": ["float"],
        "update_cosines": ["float"],
        "still_moving": "float",
    }

    @property
    def layer(self) -> int | None:
        """Null for more than one layer."""
        return self.data["layer"]

    @property
    def tensors(self) -> int:
        """Tensors of the set."""
        return self.data["tensors"]

    @property
    def elements(self) -> int:
        """Their elements."""
        return self.data["elements"]

    @property
    def norms(self) -> list[float]:
        """Euclidean norm of the set at each checkpoint."""
        return self.data["norms"]

    @property
    def steps(self) -> list[float]:
        """|S(k+1) - S(k)|."""
        return self.data["steps"]

    @property
    def drifts(self) -> list[float | None]:
        """|S(k+1) - S(k)| / |S(k)|."""
        return self.data["drifts"]

    @property
    def total_drifts(self) -> list[float | None]:
        """|S(k+1) - S(1)| / |S(1)|."""
        return self.data["total_drifts"]

    @property
    def update_cosines(self) -> list[float | None]:
        """Of a step with the one before."""
        return self.data["update_cosines"]

    @property
    def still_moving(self) -> float | None:
        """The last drift over the largest."""
        return self.data["still_moving"]


class DynamicsRepeated(Record):
    """Checkpoints, by their ids, with the values of the one before them or of the first in every tensor."""

    __slots__ = ()
    _columns: ClassVar[Columns] = {
        "checkpoint": "text",
        "same_as": "text",
    }

    @property
    def checkpoint(self) -> str:
        """The checkpoint's id."""
        return self.data["checkpoint"]

    @property
    def same_as(self) -> str:
        """The id of the one whose values it has."""
        return self.data["same_as"]


class DynamicsSpectra(Record):
    """Of each checkpoint, matrices of up to eight layers."""

    __slots__ = ()
    _columns: ClassVar[Columns] = {
        "tensor": "text",
        "stable_rank": "float",
        "alpha": "float",
    }

    @property
    def tensor(self) -> str:
        """The matrix's name."""
        return self.data["tensor"]

    @property
    def stable_rank(self) -> float | None:
        """Sum of squared singular values over the largest one squared."""
        return self.data["stable_rank"]

    @property
    def alpha(self) -> float | None:
        """Exponent of a power law fitted to the largest squared singular values; null where none fits."""
        return self.data["alpha"]


class DynamicsLeftOut(Record):
    """Tensors that were not followed."""

    __slots__ = ()
    _columns: ClassVar[Columns] = {
        "tensor": "text",
        "reason": "text",
    }

    @property
    def tensor(self) -> str:
        """Its name."""
        return self.data["tensor"]

    @property
    def reason(self) -> str:
        """Why."""
        return self.data["reason"]


DynamicsRunRequestComponent = Literal["text", "vision", "audio", "projector", "prediction"]


class DynamicsRunRequest(Record):
    """What was asked for, all that numbers depend on but the inputs: modelkin verify asks again."""

    __slots__ = ()
    _columns: ClassVar[Columns] = {
        "kind": "text",
        "partial": "bool",
        "components": ["text"],
        "base": "text",
    }

    @property
    def kind(self) -> Literal["series"]:
        """What was asked for."""
        return self.data["kind"]

    @property
    def partial(self) -> bool:
        """Whether missing files and tensors were let pass."""
        return self.data["partial"]

    @property
    def components(self) -> list[DynamicsRunRequestComponent] | None:
        """Components that alone were looked at, if such were named."""
        return self.data.get("components")

    @property
    def base(self) -> str | None:
        """The model that adapters were opened with, if one was named."""
        return self.data.get("base")


class DynamicsRun(Record):
    """How the numbers were made; the only part that may differ between runs on the same inputs."""

    __slots__ = ()
    _columns: ClassVar[Columns] = {
        "command": "text",
        "arguments": ["text"],
        "threads": "int",
        "simd_target": "text",
        "request": DynamicsRunRequest,
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
    def request(self) -> DynamicsRunRequest:
        """What was asked for, all that numbers depend on but the inputs: modelkin verify asks again."""
        return DynamicsRunRequest(self.data["request"])


class DynamicsRecord(Record):
    """JSON output of ``modelkin trace`` for a series of checkpoints, version 1.1."""

    __slots__ = ()
    _columns: ClassVar[Columns] = {
        "schema_version": "text",
        "tool": Tool,
        "inputs": [Input],
        "all": DynamicsProfile,
        "layers": [DynamicsProfile],
        "outside": DynamicsProfile,
        "by_last_drift": ["int"],
        "repeated": [DynamicsRepeated],
        "spectra": [[DynamicsSpectra]],
        "not_in_all": "int",
        "left_out": [DynamicsLeftOut],
        "run": DynamicsRun,
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
        """S1, S2, ... in the order of training; as in results.schema.json."""
        return Table(self.data["inputs"], Input)

    @property
    def all(self) -> DynamicsProfile:
        """Of all tensors that all checkpoints have."""
        return DynamicsProfile(self.data["all"])

    @property
    def layers(self) -> Table[DynamicsProfile]:
        """Of each layer's tensors."""
        return Table(self.data["layers"], DynamicsProfile)

    @property
    def outside(self) -> DynamicsProfile | None:
        """Of tensors in no layer."""
        value = self.data["outside"]
        return None if value is None else DynamicsProfile(value)

    @property
    def by_last_drift(self) -> list[int]:
        """Layers that moved in the last step, the one that moved most first."""
        return self.data["by_last_drift"]

    @property
    def repeated(self) -> Table[DynamicsRepeated]:
        """Checkpoints, by their ids, with the values of the one before them or of the first in every
        tensor.
        """
        return Table(self.data["repeated"], DynamicsRepeated)

    @property
    def spectra(self) -> list[Table[DynamicsSpectra]]:
        """Of each checkpoint, matrices of up to eight layers."""
        return [Table(rows, DynamicsSpectra) for rows in self.data["spectra"]]

    @property
    def not_in_all(self) -> int:
        """Tensors that a checkpoint lacks or has in another shape."""
        return self.data["not_in_all"]

    @property
    def left_out(self) -> Table[DynamicsLeftOut]:
        """Tensors that were not followed."""
        return Table(self.data["left_out"], DynamicsLeftOut)

    @property
    def run(self) -> DynamicsRun:
        """How the numbers were made; the only part that may differ between runs on the same inputs."""
        return DynamicsRun(self.data["run"])
