"""Types of docs/merge.schema.json, from which scripts/make-result-types makes them."""

# mypy: disable-error-code=no-any-return
from __future__ import annotations

from typing import ClassVar, Literal

from .._record import Columns, Record, Table
from .shared import Input, Tool

MergeRecipeMergeMethod = Literal[
    "linear",
    "slerp",
    "task_arithmetic",
    "ties",
    "dare_linear",
    "dare_ties",
    "passthrough",
]


class MergeRecipeModel(Record):
    """Each model that the recipe names."""

    __slots__ = ()
    _columns: ClassVar[Columns] = {
        "input": "text",
        "name": "text",
    }

    @property
    def input(self) -> str:
        """The id in `inputs`."""
        return self.data["input"]

    @property
    def name(self) -> str:
        """What the recipe calls it."""
        return self.data["name"]


class MergeRecipe(Record):
    """What was carried out."""

    __slots__ = ()
    _columns: ClassVar[Columns] = {
        "file": "text",
        "merge_method": "text",
        "base_model": "text",
        "models": [MergeRecipeModel],
        "dtype": "text",
        "out_dtype": "text",
        "warnings": ["text"],
    }

    @property
    def file(self) -> str:
        """As it was named."""
        return self.data["file"]

    @property
    def merge_method(self) -> MergeRecipeMergeMethod:
        """The method."""
        return self.data["merge_method"]

    @property
    def base_model(self) -> str | None:
        """What the recipe calls the base; null for none."""
        return self.data["base_model"]

    @property
    def models(self) -> Table[MergeRecipeModel]:
        """Each model that the recipe names."""
        return Table(self.data["models"], MergeRecipeModel)

    @property
    def dtype(self) -> Literal["F32", "F16", "BF16"] | None:
        """The type that is computed in; null: the stored one."""
        return self.data["dtype"]

    @property
    def out_dtype(self) -> Literal["F32", "F16", "BF16"] | None:
        """The type that is stored; null: the one computed in."""
        return self.data["out_dtype"]

    @property
    def warnings(self) -> list[str]:
        """What was passed over, and what counts otherwise than it is written."""
        return self.data["warnings"]


class MergeSummary(Record):
    """Counts of tensors by state, and of elements."""

    __slots__ = ()
    _columns: ClassVar[Columns] = {
        "tensors": "int",
        "merged": "int",
        "skipped": "int",
        "equal": "int",
        "read_off": "int",
        "differs": "int",
        "missing": "int",
        "other_shape": "int",
        "other_type": "int",
        "only_in_result": "int",
        "elements": "int",
        "equal_elements": "int",
        "telling_elements": "int",
        "telling_equal_elements": "int",
        "read_off_elements": "int",
        "result_is_a_model": "bool",
    }

    @property
    def tensors(self) -> int:
        """That the recipe makes."""
        return self.data["tensors"]

    @property
    def merged(self) -> int:
        """Merged, with nothing to compare with."""
        return self.data["merged"]

    @property
    def skipped(self) -> int:
        """Not re-executed."""
        return self.data["skipped"]

    @property
    def equal(self) -> int:
        """Equal to the bit."""
        return self.data["equal"]

    @property
    def read_off(self) -> int:
        """Equal to the bit, where the result itself says which changes were kept."""
        return self.data["read_off"]

    @property
    def differs(self) -> int:
        """With elements that differ."""
        return self.data["differs"]

    @property
    def missing(self) -> int:
        """That the result lacks."""
        return self.data["missing"]

    @property
    def other_shape(self) -> int:
        """Of another shape in the result."""
        return self.data["other_shape"]

    @property
    def other_type(self) -> int:
        """Of another element type in the result."""
        return self.data["other_type"]

    @property
    def only_in_result(self) -> int:
        """Tensors of the result that the recipe makes none of."""
        return self.data["only_in_result"]

    @property
    def elements(self) -> int:
        """That were merged."""
        return self.data["elements"]

    @property
    def equal_elements(self) -> int:
        """Of these, equal to the bit."""
        return self.data["equal_elements"]

    @property
    def telling_elements(self) -> int:
        """Elements in which the recipe's models differ: others say nothing of how the result was made."""
        return self.data["telling_elements"]

    @property
    def telling_equal_elements(self) -> int:
        """Of these, equal to the bit."""
        return self.data["telling_equal_elements"]

    @property
    def read_off_elements(self) -> int:
        """Equal elements for which the result itself said which changes were kept."""
        return self.data["read_off_elements"]

    @property
    def result_is_a_model(self) -> bool:
        """Whether the result is itself a model of the recipe: that it comes out then says nothing."""
        return self.data["result_is_a_model"]


MergeTensorState = Literal[
    "merged",
    "skipped",
    "equal",
    "read_off",
    "differs",
    "missing",
    "other_shape",
    "other_type",
]


class MergeTensorChange(Record):
    """DARE: of each model whose changes chance dropped. Else empty."""

    __slots__ = ()
    _columns: ClassVar[Columns] = {
        "model": "text",
        "density": "float",
        "known": "int",
        "kept": "int",
        "scale": "float",
    }

    @property
    def model(self) -> str:
        """What the recipe calls it."""
        return self.data["model"]

    @property
    def density(self) -> float:
        """The recipe's."""
        return self.data["density"]

    @property
    def known(self) -> int:
        """Elements whose value says whether the change was kept."""
        return self.data["known"]

    @property
    def kept(self) -> int:
        """Of these, kept ones."""
        return self.data["kept"]

    @property
    def scale(self) -> float | None:
        """What kept changes were multiplied by, read off the result; null where the recipe does not
        rescale.
        """
        return self.data["scale"]


class MergeTensor(Record):
    """A row for each tensor that the recipe makes."""

    __slots__ = ()
    _columns: ClassVar[Columns] = {
        "name": "text",
        "dtype": "text",
        "shape": ["int"],
        "state": "text",
        "skipped": "text",
        "elements": "int",
        "equal": "int",
        "telling": "int",
        "telling_equal": "int",
        "read_off": "int",
        "largest_difference": "float",
        "relative_difference": "float",
        "changes": [MergeTensorChange],
        "arc_ulps": ["int"],
        "sum_is_unfused": "bool",
    }

    @property
    def name(self) -> str:
        """Its name."""
        return self.data["name"]

    @property
    def dtype(self) -> str:
        """The type that is stored: "BF16"."""
        return self.data["dtype"]

    @property
    def shape(self) -> list[int]:
        """Extents, row-major."""
        return self.data["shape"]

    @property
    def state(self) -> MergeTensorState:
        """What became of it, as in the summary."""
        return self.data["state"]

    @property
    def skipped(self) -> str | None:
        """Why it is not re-executed; null where it is."""
        return self.data["skipped"]

    @property
    def elements(self) -> int:
        """Its elements."""
        return self.data["elements"]

    @property
    def equal(self) -> int | None:
        """Elements that are equal to the bit; this and the next five null where none were compared."""
        return self.data["equal"]

    @property
    def telling(self) -> int | None:
        """Elements in which the models differ."""
        return self.data["telling"]

    @property
    def telling_equal(self) -> int | None:
        """Of these, equal ones."""
        return self.data["telling_equal"]

    @property
    def read_off(self) -> int | None:
        """Equal ones for which the result said which changes were kept."""
        return self.data["read_off"]

    @property
    def largest_difference(self) -> float | None:
        """Between a merged element and the result's, over finite ones."""
        return self.data["largest_difference"]

    @property
    def relative_difference(self) -> float | None:
        """|merged - result| / |result|, by norms over finite elements; null where the result is 0 and the
        merge is not.
        """
        return self.data["relative_difference"]

    @property
    def changes(self) -> Table[MergeTensorChange]:
        """DARE: of each model whose changes chance dropped. Else empty."""
        return Table(self.data["changes"], MergeTensorChange)

    @property
    def arc_ulps(self) -> list[int] | None:
        """slerp: units in the last place by which the factors of the base and of the other model were
        moved to fit, as sines depend on the library; null where they were not looked for.
        """
        return self.data["arc_ulps"]

    @property
    def sum_is_unfused(self) -> bool:
        """linear: whether products were rounded before they were added, as torch did before it fused the
        two.
        """
        return self.data["sum_is_unfused"]


class MergeRun(Record):
    """How the numbers were made; the only part that may differ between runs on the same inputs."""

    __slots__ = ()
    _columns: ClassVar[Columns] = {
        "command": "text",
        "arguments": ["text"],
        "threads": "int",
        "simd_target": "text",
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


class MergeRecord(Record):
    """JSON output of ``modelkin merge``, version 1.0."""

    __slots__ = ()
    _columns: ClassVar[Columns] = {
        "schema_version": "text",
        "tool": Tool,
        "inputs": [Input],
        "recipe": MergeRecipe,
        "outcome": "text",
        "summary": MergeSummary,
        "tensors": [MergeTensor],
        "only_in_result": ["text"],
        "written": ["text"],
        "run": MergeRun,
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
        """The recipe's models, parent_1 and so on, then the model that the merge is compared with, b; as
        in results.schema.json.
        """
        return Table(self.data["inputs"], Input)

    @property
    def recipe(self) -> MergeRecipe:
        """What was carried out."""
        return MergeRecipe(self.data["recipe"])

    @property
    def outcome(self) -> Literal["merged", "identical", "consistent", "deviates"]:
        """merged: nothing to compare with. identical: every tensor comes out to the bit, and the result
        has no others. consistent: the same where the result itself says which changes were kept, or but
        for tensors that are not re-executed. deviates: all else.
        """
        return self.data["outcome"]

    @property
    def summary(self) -> MergeSummary:
        """Counts of tensors by state, and of elements."""
        return MergeSummary(self.data["summary"])

    @property
    def tensors(self) -> Table[MergeTensor]:
        """A row for each tensor that the recipe makes."""
        return Table(self.data["tensors"], MergeTensor)

    @property
    def only_in_result(self) -> list[str]:
        """Names of tensors of the result that the recipe makes none of."""
        return self.data["only_in_result"]

    @property
    def written(self) -> list[str]:
        """Files that were written, within the folder of -o."""
        return self.data["written"]

    @property
    def run(self) -> MergeRun:
        """How the numbers were made; the only part that may differ between runs on the same inputs."""
        return MergeRun(self.data["run"])
