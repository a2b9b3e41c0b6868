"""Types of docs/results.schema.json, from which scripts/make-result-types makes them."""

# mypy: disable-error-code=no-any-return
from __future__ import annotations

from typing import ClassVar, Literal

from .._record import Columns, Matrix, Record, Table, _array
from .shared import Input, Tool

CompareComponentKind = Literal["text", "vision", "audio", "projector", "prediction"]


class CompareSpread(Record):
    """Cosine of the two, over finite pairs of elements."""

    __slots__ = ()
    _columns: ClassVar[Columns] = {
        "tensors": "int",
        "median": "float",
        "min": "float",
        "max": "float",
    }

    @property
    def tensors(self) -> int:
        """Tensors for which it is defined."""
        return self.data["tensors"]

    @property
    def median(self) -> float:
        """Over these tensors."""
        return self.data["median"]

    @property
    def min(self) -> float:
        """The least."""
        return self.data["min"]

    @property
    def max(self) -> float:
        """The greatest."""
        return self.data["max"]


class CompareGroup(Record):
    """Pairs of tensors of one role or one layer, and how their metrics are spread."""

    __slots__ = ()
    _columns: ClassVar[Columns] = {
        "component": "text",
        "role": "text",
        "layer": "int",
        "tensors": "int",
        "not_compared": "int",
        "elements": "int",
        "bit_equal": "int",
        "cosine_similarity": CompareSpread,
        "shuffled_cosine": CompareSpread,
        "pearson_correlation": CompareSpread,
        "mean_abs_diff": CompareSpread,
        "max_abs_diff": CompareSpread,
        "rel_l2_a": CompareSpread,
        "rel_l2_b": CompareSpread,
        "p99_abs_diff": CompareSpread,
        "cv_diff": CompareSpread,
        "identical_fraction": CompareSpread,
        "sign_agreement": CompareSpread,
    }

    @property
    def component(self) -> CompareComponentKind:
        """Which of the models that a checkpoint holds: text, an encoder of images or sound, what joins
        them, or heads that predict further tokens.
        """
        return self.data["component"]

    @property
    def role(self) -> str | None:
        """What the tensors are in a layer: self_attn.q_proj.weight."""
        return self.data.get("role")

    @property
    def layer(self) -> int | None:
        """The layer's number."""
        return self.data.get("layer")

    @property
    def tensors(self) -> int:
        """Pairs that were compared."""
        return self.data["tensors"]

    @property
    def not_compared(self) -> int:
        """Pairs that were not, and tensors without a partner."""
        return self.data["not_compared"]

    @property
    def elements(self) -> int:
        """Elements of the compared."""
        return self.data["elements"]

    @property
    def bit_equal(self) -> int:
        """Elements with the same bits."""
        return self.data["bit_equal"]

    @property
    def cosine_similarity(self) -> CompareSpread | None:
        """Cosine of the two, over finite pairs of elements."""
        value = self.data["cosine_similarity"]
        return None if value is None else CompareSpread(value)

    @property
    def shuffled_cosine(self) -> CompareSpread | None:
        """What the cosine is on average over all orders of one side's elements: what means and norms give
        by chance.
        """
        value = self.data["shuffled_cosine"]
        return None if value is None else CompareSpread(value)

    @property
    def pearson_correlation(self) -> CompareSpread | None:
        """Pearson's correlation of the elements."""
        value = self.data["pearson_correlation"]
        return None if value is None else CompareSpread(value)

    @property
    def mean_abs_diff(self) -> CompareSpread | None:
        """Mean of |a - b|."""
        value = self.data["mean_abs_diff"]
        return None if value is None else CompareSpread(value)

    @property
    def max_abs_diff(self) -> CompareSpread | None:
        """The largest |a - b|."""
        value = self.data["max_abs_diff"]
        return None if value is None else CompareSpread(value)

    @property
    def rel_l2_a(self) -> CompareSpread | None:
        """|A - B| / |A|, Euclidean."""
        value = self.data["rel_l2_a"]
        return None if value is None else CompareSpread(value)

    @property
    def rel_l2_b(self) -> CompareSpread | None:
        """|A - B| / |B|, Euclidean."""
        value = self.data["rel_l2_b"]
        return None if value is None else CompareSpread(value)

    @property
    def p99_abs_diff(self) -> CompareSpread | None:
        """Difference of the 99th percentiles of magnitudes."""
        value = self.data["p99_abs_diff"]
        return None if value is None else CompareSpread(value)

    @property
    def cv_diff(self) -> CompareSpread | None:
        """Difference of the coefficients of variation, sd / |mean|."""
        value = self.data["cv_diff"]
        return None if value is None else CompareSpread(value)

    @property
    def identical_fraction(self) -> CompareSpread | None:
        """Share of elements with the same bits."""
        value = self.data["identical_fraction"]
        return None if value is None else CompareSpread(value)

    @property
    def sign_agreement(self) -> CompareSpread | None:
        """Share of equal signs, of pairs where neither is 0."""
        value = self.data["sign_agreement"]
        return None if value is None else CompareSpread(value)


class CompareSummary(Record):
    """Pairs of tensors of two models, counted and summed up."""

    __slots__ = ()
    _columns: ClassVar[Columns] = {
        "a": "text",
        "b": "text",
        "paired_by": "text",
        "rotary_layout": "text",
        "compared": "int",
        "elements": "int",
        "only_in_a": "int",
        "only_in_b": "int",
        "shape_mismatches": "int",
        "unsupported_types": "int",
        "packed": "int",
        "left_out": "int",
        "byte_identical": "int",
        "non_finite": "int",
        "by_role": [CompareGroup],
        "by_layer": [CompareGroup],
    }

    @property
    def a(self) -> str | None:
        """An input's id; null where nothing was compared."""
        return self.data["a"]

    @property
    def b(self) -> str | None:
        """An input's id; null where nothing was compared."""
        return self.data["b"]

    @property
    def paired_by(self) -> Literal["name", "role"]:
        """By role: both sides under the names of a Llama-like decoder, because their own differ."""
        return self.data["paired_by"]

    @property
    def rotary_layout(self) -> Literal["same", "pairs_in_b", "halves_in_b"]:
        """Whether rows of B's queries and keys were put in A's order: B has the two of a rotary pair side
        by side (Meta, llama.cpp), or halves (transformers), where A has the other.
        """
        return self.data["rotary_layout"]

    @property
    def compared(self) -> int:
        """Pairs of tensors that were compared."""
        return self.data["compared"]

    @property
    def elements(self) -> int:
        """Their elements."""
        return self.data["elements"]

    @property
    def only_in_a(self) -> int:
        """Tensors without a partner in B."""
        return self.data["only_in_a"]

    @property
    def only_in_b(self) -> int:
        """Tensors without a partner in A."""
        return self.data["only_in_b"]

    @property
    def shape_mismatches(self) -> int:
        """Pairs of different shapes."""
        return self.data["shape_mismatches"]

    @property
    def unsupported_types(self) -> int:
        """Pairs of a type without numbers."""
        return self.data["unsupported_types"]

    @property
    def packed(self) -> int:
        """Pairs with codes of a quantisation, or what belongs to such: not read."""
        return self.data["packed"]

    @property
    def left_out(self) -> int:
        """Tensors of both sides that the filter left out."""
        return self.data["left_out"]

    @property
    def byte_identical(self) -> int:
        """Pairs of the same type and bytes."""
        return self.data["byte_identical"]

    @property
    def non_finite(self) -> int:
        """Pairs with NaN or infinite values."""
        return self.data["non_finite"]

    @property
    def by_role(self) -> Table[CompareGroup]:
        """Groups of tensors of one role."""
        return Table(self.data["by_role"], CompareGroup)

    @property
    def by_layer(self) -> Table[CompareGroup]:
        """Groups of tensors of one layer."""
        return Table(self.data["by_layer"], CompareGroup)


class CompareView(Record):
    """The side is a part of the stored tensor that "a" or "b" names, or that tensor in another order:
    element (i, j, ...) at offset + i strides[0] + j strides[1] + ..., in elements.
    """

    __slots__ = ()
    _columns: ClassVar[Columns] = {
        "offset": "int",
        "dimensions": ["int"],
        "strides": ["int"],
    }

    @property
    def offset(self) -> int:
        """The first element's place."""
        return self.data["offset"]

    @property
    def dimensions(self) -> list[int]:
        """Extents of the view."""
        return self.data["dimensions"]

    @property
    def strides(self) -> list[int]:
        """Elements from one to the next, along each axis."""
        return self.data["strides"]


class CompareTensorShapeMismatch(Record):
    """Extents of both where they differ."""

    __slots__ = ()
    _columns: ClassVar[Columns] = {
        "a": ["int"],
        "b": ["int"],
    }

    @property
    def a(self) -> list[int]:
        """Extents of A's."""
        return self.data["a"]

    @property
    def b(self) -> list[int]:
        """Extents of B's."""
        return self.data["b"]


class CompareSide(Record):
    """Moments of one side's elements, over the pairs of which both are finite."""

    __slots__ = ()
    _columns: ClassVar[Columns] = {
        "mean": "float",
        "sd": "float",
        "norm": "float",
        "kurtosis": "float",
        "sparsity": "float",
        "p99_abs": "float",
        "nan_count": "int",
        "infinite_count": "int",
        "undefined": "any",
    }

    @property
    def mean(self) -> float | None:
        """Mean over finite pairs of elements."""
        return self.data["mean"]

    @property
    def sd(self) -> float | None:
        """Population standard deviation."""
        return self.data["sd"]

    @property
    def norm(self) -> float | None:
        """Euclidean norm."""
        return self.data["norm"]

    @property
    def kurtosis(self) -> float | None:
        """Fourth moment over the squared second: 3 for a normal law."""
        return self.data["kurtosis"]

    @property
    def sparsity(self) -> float | None:
        """Share of zeros. From 0 to 1."""
        return self.data["sparsity"]

    @property
    def p99_abs(self) -> float | None:
        """99th percentile of magnitudes; null where it was not asked for."""
        return self.data["p99_abs"]

    @property
    def nan_count(self) -> int:
        """Elements that are NaN."""
        return self.data["nan_count"]

    @property
    def infinite_count(self) -> int:
        """Elements that are infinite."""
        return self.data["infinite_count"]

    @property
    def undefined(self) -> dict[str, str] | None:
        """Why the metrics of these names are null."""
        return self.data.get("undefined")


class CompareTensor(Record):
    """A pair of tensors, or a tensor without a partner."""

    __slots__ = ()
    _columns: ClassVar[Columns] = {
        "a": "text",
        "b": "text",
        "component": "text",
        "role": "text",
        "layer": "int",
        "layer_b": "int",
        "expert": "int",
        "comparable": "bool",
        "a_view": CompareView,
        "b_view": CompareView,
        "dtype_a": "text",
        "dtype_b": "text",
        "shape": ["int"],
        "shape_mismatch": CompareTensorShapeMismatch,
        "reason": "text",
        "elements": "int",
        "finite_pairs": "int",
        "bit_equal": "int",
        "cosine_similarity": "float",
        "shuffled_cosine": "float",
        "pearson_correlation": "float",
        "mean_abs_diff": "float",
        "max_abs_diff": "float",
        "rel_l2_a": "float",
        "rel_l2_b": "float",
        "p99_abs_diff": "float",
        "cv_diff": "float",
        "identical_fraction": "float",
        "sign_agreement": "float",
        "stats_a": CompareSide,
        "stats_b": CompareSide,
        "undefined": "any",
    }

    @property
    def a(self) -> str | None:
        """A's name; null without a partner in A."""
        return self.data["a"]

    @property
    def b(self) -> str | None:
        """B's name; null without a partner in B."""
        return self.data["b"]

    @property
    def component(self) -> CompareComponentKind:
        """Which of the models that a checkpoint holds: text, an encoder of images or sound, what joins
        them, or heads that predict further tokens.
        """
        return self.data["component"]

    @property
    def role(self) -> str:
        """What it is in a layer: self_attn.q_proj.weight."""
        return self.data["role"]

    @property
    def layer(self) -> int | None:
        """A's layer; null outside of layers."""
        return self.data["layer"]

    @property
    def layer_b(self) -> int | None:
        """B's layer, where it is another."""
        return self.data.get("layer_b")

    @property
    def expert(self) -> int | None:
        """The expert's number; null for none."""
        return self.data["expert"]

    @property
    def comparable(self) -> bool:
        """Whether the metrics are there."""
        return self.data["comparable"]

    @property
    def a_view(self) -> CompareView | None:
        """The side is a part of the stored tensor that "a" or "b" names, or that tensor in another order:
        element (i, j, ...) at offset + i strides[0] + j strides[1] + ..., in elements.
        """
        value = self.data.get("a_view")
        return None if value is None else CompareView(value)

    @property
    def b_view(self) -> CompareView | None:
        """The side is a part of the stored tensor that "a" or "b" names, or that tensor in another order:
        element (i, j, ...) at offset + i strides[0] + j strides[1] + ..., in elements.
        """
        value = self.data.get("b_view")
        return None if value is None else CompareView(value)

    @property
    def dtype_a(self) -> str | None:
        """As the file stores it, "BF16"; of weights that are decoded, the form's own name, "Q4_K"."""
        return self.data["dtype_a"]

    @property
    def dtype_b(self) -> str | None:
        """As the file stores it, "BF16"; of weights that are decoded, the form's own name, "Q4_K"."""
        return self.data["dtype_b"]

    @property
    def shape(self) -> list[int] | None:
        """Extents of both, row-major."""
        return self.data.get("shape")

    @property
    def shape_mismatch(self) -> CompareTensorShapeMismatch | None:
        """Extents of both where they differ."""
        value = self.data.get("shape_mismatch")
        return None if value is None else CompareTensorShapeMismatch(value)

    @property
    def reason(self) -> str | None:
        """Why it was not compared."""
        return self.data.get("reason")

    @property
    def elements(self) -> int | None:
        """Elements."""
        return self.data.get("elements")

    @property
    def finite_pairs(self) -> int | None:
        """Pairs of elements of which both are finite."""
        return self.data.get("finite_pairs")

    @property
    def bit_equal(self) -> int | None:
        """Pairs of elements with the same bits."""
        return self.data.get("bit_equal")

    @property
    def cosine_similarity(self) -> float | None:
        """Cosine of the two, over finite pairs of elements. From -1 to 1."""
        return self.data.get("cosine_similarity")

    @property
    def shuffled_cosine(self) -> float | None:
        """What the cosine is on average over all orders of one side's elements: what means and norms give
        by chance. From -1 to 1.
        """
        return self.data.get("shuffled_cosine")

    @property
    def pearson_correlation(self) -> float | None:
        """Pearson's correlation of the elements. From -1 to 1."""
        return self.data.get("pearson_correlation")

    @property
    def mean_abs_diff(self) -> float | None:
        """Mean of |a - b|."""
        return self.data.get("mean_abs_diff")

    @property
    def max_abs_diff(self) -> float | None:
        """The largest |a - b|."""
        return self.data.get("max_abs_diff")

    @property
    def rel_l2_a(self) -> float | None:
        """|A - B| / |A|, Euclidean."""
        return self.data.get("rel_l2_a")

    @property
    def rel_l2_b(self) -> float | None:
        """|A - B| / |B|, Euclidean."""
        return self.data.get("rel_l2_b")

    @property
    def p99_abs_diff(self) -> float | None:
        """Difference of the 99th percentiles of magnitudes."""
        return self.data.get("p99_abs_diff")

    @property
    def cv_diff(self) -> float | None:
        """Difference of the coefficients of variation, sd / |mean|."""
        return self.data.get("cv_diff")

    @property
    def identical_fraction(self) -> float | None:
        """Share of elements with the same bits. From 0 to 1."""
        return self.data.get("identical_fraction")

    @property
    def sign_agreement(self) -> float | None:
        """Share of equal signs, of pairs where neither is 0. From 0 to 1."""
        return self.data.get("sign_agreement")

    @property
    def stats_a(self) -> CompareSide | None:
        """Of A's elements."""
        value = self.data.get("stats_a")
        return None if value is None else CompareSide(value)

    @property
    def stats_b(self) -> CompareSide | None:
        """Of B's elements."""
        value = self.data.get("stats_b")
        return None if value is None else CompareSide(value)

    @property
    def undefined(self) -> dict[str, str] | None:
        """Why the metrics of these names are null."""
        return self.data.get("undefined")


class CompareFurtherTensor(Record):
    """As a tensor, with the ids of the inputs it is from."""

    __slots__ = ()
    _columns: ClassVar[Columns] = {
        "input_a": "text",
        "input_b": "text",
        "a": "text",
        "b": "text",
        "component": "text",
        "role": "text",
        "layer": "int",
        "layer_b": "int",
        "expert": "int",
        "comparable": "bool",
        "a_view": CompareView,
        "b_view": CompareView,
        "dtype_a": "text",
        "dtype_b": "text",
        "shape": ["int"],
        "shape_mismatch": CompareTensorShapeMismatch,
        "reason": "text",
        "elements": "int",
        "finite_pairs": "int",
        "bit_equal": "int",
        "cosine_similarity": "float",
        "shuffled_cosine": "float",
        "pearson_correlation": "float",
        "mean_abs_diff": "float",
        "max_abs_diff": "float",
        "rel_l2_a": "float",
        "rel_l2_b": "float",
        "p99_abs_diff": "float",
        "cv_diff": "float",
        "identical_fraction": "float",
        "sign_agreement": "float",
        "stats_a": CompareSide,
        "stats_b": CompareSide,
        "undefined": "any",
    }

    @property
    def input_a(self) -> str:
        """The id of the input that A's side is from."""
        return self.data["input_a"]

    @property
    def input_b(self) -> str:
        """The id of the input that B's side is from."""
        return self.data["input_b"]

    @property
    def a(self) -> str | None:
        """A's name; null without a partner in A."""
        return self.data["a"]

    @property
    def b(self) -> str | None:
        """B's name; null without a partner in B."""
        return self.data["b"]

    @property
    def component(self) -> CompareComponentKind:
        """Which of the models that a checkpoint holds: text, an encoder of images or sound, what joins
        them, or heads that predict further tokens.
        """
        return self.data["component"]

    @property
    def role(self) -> str:
        """What it is in a layer: self_attn.q_proj.weight."""
        return self.data["role"]

    @property
    def layer(self) -> int | None:
        """A's layer; null outside of layers."""
        return self.data["layer"]

    @property
    def layer_b(self) -> int | None:
        """B's layer, where it is another."""
        return self.data.get("layer_b")

    @property
    def expert(self) -> int | None:
        """The expert's number; null for none."""
        return self.data["expert"]

    @property
    def comparable(self) -> bool:
        """Whether the metrics are there."""
        return self.data["comparable"]

    @property
    def a_view(self) -> CompareView | None:
        """The side is a part of the stored tensor that "a" or "b" names, or that tensor in another order:
        element (i, j, ...) at offset + i strides[0] + j strides[1] + ..., in elements.
        """
        value = self.data.get("a_view")
        return None if value is None else CompareView(value)

    @property
    def b_view(self) -> CompareView | None:
        """The side is a part of the stored tensor that "a" or "b" names, or that tensor in another order:
        element (i, j, ...) at offset + i strides[0] + j strides[1] + ..., in elements.
        """
        value = self.data.get("b_view")
        return None if value is None else CompareView(value)

    @property
    def dtype_a(self) -> str | None:
        """As the file stores it, "BF16"; of weights that are decoded, the form's own name, "Q4_K"."""
        return self.data["dtype_a"]

    @property
    def dtype_b(self) -> str | None:
        """As the file stores it, "BF16"; of weights that are decoded, the form's own name, "Q4_K"."""
        return self.data["dtype_b"]

    @property
    def shape(self) -> list[int] | None:
        """Extents of both, row-major."""
        return self.data.get("shape")

    @property
    def shape_mismatch(self) -> CompareTensorShapeMismatch | None:
        """Extents of both where they differ."""
        value = self.data.get("shape_mismatch")
        return None if value is None else CompareTensorShapeMismatch(value)

    @property
    def reason(self) -> str | None:
        """Why it was not compared."""
        return self.data.get("reason")

    @property
    def elements(self) -> int | None:
        """Elements."""
        return self.data.get("elements")

    @property
    def finite_pairs(self) -> int | None:
        """Pairs of elements of which both are finite."""
        return self.data.get("finite_pairs")

    @property
    def bit_equal(self) -> int | None:
        """Pairs of elements with the same bits."""
        return self.data.get("bit_equal")

    @property
    def cosine_similarity(self) -> float | None:
        """Cosine of the two, over finite pairs of elements. From -1 to 1."""
        return self.data.get("cosine_similarity")

    @property
    def shuffled_cosine(self) -> float | None:
        """What the cosine is on average over all orders of one side's elements: what means and norms give
        by chance. From -1 to 1.
        """
        return self.data.get("shuffled_cosine")

    @property
    def pearson_correlation(self) -> float | None:
        """Pearson's correlation of the elements. From -1 to 1."""
        return self.data.get("pearson_correlation")

    @property
    def mean_abs_diff(self) -> float | None:
        """Mean of |a - b|."""
        return self.data.get("mean_abs_diff")

    @property
    def max_abs_diff(self) -> float | None:
        """The largest |a - b|."""
        return self.data.get("max_abs_diff")

    @property
    def rel_l2_a(self) -> float | None:
        """|A - B| / |A|, Euclidean."""
        return self.data.get("rel_l2_a")

    @property
    def rel_l2_b(self) -> float | None:
        """|A - B| / |B|, Euclidean."""
        return self.data.get("rel_l2_b")

    @property
    def p99_abs_diff(self) -> float | None:
        """Difference of the 99th percentiles of magnitudes."""
        return self.data.get("p99_abs_diff")

    @property
    def cv_diff(self) -> float | None:
        """Difference of the coefficients of variation, sd / |mean|."""
        return self.data.get("cv_diff")

    @property
    def identical_fraction(self) -> float | None:
        """Share of elements with the same bits. From 0 to 1."""
        return self.data.get("identical_fraction")

    @property
    def sign_agreement(self) -> float | None:
        """Share of equal signs, of pairs where neither is 0. From 0 to 1."""
        return self.data.get("sign_agreement")

    @property
    def stats_a(self) -> CompareSide | None:
        """Of A's elements."""
        value = self.data.get("stats_a")
        return None if value is None else CompareSide(value)

    @property
    def stats_b(self) -> CompareSide | None:
        """Of B's elements."""
        value = self.data.get("stats_b")
        return None if value is None else CompareSide(value)

    @property
    def undefined(self) -> dict[str, str] | None:
        """Why the metrics of these names are null."""
        return self.data.get("undefined")


class CompareFunctionalPairCka(Record):
    """Rows: states of A, entering the first layer and leaving each. Columns: of B."""

    __slots__ = ()
    _columns: ClassVar[Columns] = {
        "skipped": "text",
        "texts": "int",
        "values": [["float"]],
        "p": [["float"]],
        "null_quantile_95": [["float"]],
        "draws": "int",
        "p_of_largest": "float",
        "caveat": "text",
    }

    @property
    def skipped(self) -> str | None:
        """Why there is no comparison of layers; null where there is."""
        return self.data["skipped"]

    @property
    def texts(self) -> int:
        """Texts that took part."""
        return self.data["texts"]

    @property
    def values(self) -> Matrix:
        """Linear CKA of texts' mean states; 0 on average for unrelated states."""
        return _array(self.data["values"], float)

    @property
    def p(self) -> Matrix:
        """Share of random orders of texts with as large a value."""
        return _array(self.data["p"], float)

    @property
    def null_quantile_95(self) -> Matrix:
        """The 95 % quantile under random orders of texts."""
        return _array(self.data["null_quantile_95"], float)

    @property
    def draws(self) -> int:
        """Random orders."""
        return self.data["draws"]

    @property
    def p_of_largest(self) -> float | None:
        """p of the largest value, against the largest of each order."""
        return self.data["p_of_largest"]

    @property
    def caveat(self) -> str:
        """What p does not say."""
        return self.data["caveat"]


class CompareFunctionalPairNextTokens(Record):
    """What both expect next."""

    __slots__ = ()
    _columns: ClassVar[Columns] = {
        "skipped": "text",
        "positions": "int",
        "shared_tokens": "int",
        "outside_a": "float",
        "outside_b": "float",
        "divergence_bits": "float",
        "divergence_bits_elsewhere": "float",
        "same_likeliest": "float",
    }

    @property
    def skipped(self) -> str | None:
        """Why there is no comparison; null where there is."""
        return self.data["skipped"]

    @property
    def positions(self) -> int | None:
        """Positions compared."""
        return self.data.get("positions")

    @property
    def shared_tokens(self) -> int | None:
        """Tokens that stand for the same bytes in both vocabularies."""
        return self.data.get("shared_tokens")

    @property
    def outside_a(self) -> float | None:
        """Mean probability that A gives to tokens that B does not have."""
        return self.data.get("outside_a")

    @property
    def outside_b(self) -> float | None:
        """Mean probability that B gives to tokens that A does not have."""
        return self.data.get("outside_b")

    @property
    def divergence_bits(self) -> float | None:
        """Jensen-Shannon, over shared tokens; 0 to 1."""
        return self.data.get("divergence_bits")

    @property
    def divergence_bits_elsewhere(self) -> float | None:
        """The same at two different places."""
        return self.data.get("divergence_bits_elsewhere")

    @property
    def same_likeliest(self) -> float | None:
        """Share of positions with the same likeliest shared token. From 0 to 1."""
        return self.data.get("same_likeliest")


class CompareFunctionalPairRouter(Record):
    """Layers with routers in both, paired by depth."""

    __slots__ = ()
    _columns: ClassVar[Columns] = {
        "layer_a": "int",
        "layer_b": "int",
        "experts_a": "int",
        "experts_b": "int",
        "chosen_a": "int",
        "chosen_b": "int",
        "positions": "int",
        "partner": ["int"],
        "overlap": "float",
        "overlap_by_chance": "float",
        "overlap_in_place": "float",
        "load_a": ["int"],
        "load_b": ["int"],
        "load_correlation": "float",
        "coactivation_correlation": "float",
    }

    @property
    def layer_a(self) -> int:
        """A's layer."""
        return self.data["layer_a"]

    @property
    def layer_b(self) -> int:
        """B's layer."""
        return self.data["layer_b"]

    @property
    def experts_a(self) -> int:
        """A's experts."""
        return self.data["experts_a"]

    @property
    def experts_b(self) -> int:
        """B's experts."""
        return self.data["experts_b"]

    @property
    def chosen_a(self) -> int:
        """Experts that A chooses for a token."""
        return self.data["chosen_a"]

    @property
    def chosen_b(self) -> int:
        """Experts that B chooses for a token."""
        return self.data["chosen_b"]

    @property
    def positions(self) -> int:
        """Not those that experts were matched by."""
        return self.data["positions"]

    @property
    def partner(self) -> list[int | None]:
        """Of each expert of A."""
        return self.data["partner"]

    @property
    def overlap(self) -> float | None:
        """Share of the choices of whichever side chooses fewer that the other side's partner is among."""
        return self.data["overlap"]

    @property
    def overlap_by_chance(self) -> float | None:
        """The same, were choices independent with the same loads."""
        return self.data["overlap_by_chance"]

    @property
    def overlap_in_place(self) -> float | None:
        """The same of experts taken by their numbers."""
        return self.data["overlap_in_place"]

    @property
    def load_a(self) -> list[int]:
        """For each expert of A the tokens that chose it."""
        return self.data["load_a"]

    @property
    def load_b(self) -> list[int]:
        """For each expert of B the tokens that chose it."""
        return self.data["load_b"]

    @property
    def load_correlation(self) -> float | None:
        """Pearson's, of matched experts' loads; null for fewer than three."""
        return self.data["load_correlation"]

    @property
    def coactivation_correlation(self) -> float | None:
        """Pearson's, of how often two matched experts are chosen together."""
        return self.data["coactivation_correlation"]


class CompareFunctionalPairUnitsLayer(Record):
    """MLPs that all tokens pass, paired by depth."""

    __slots__ = ()
    _columns: ClassVar[Columns] = {
        "layer_a": "int",
        "layer_b": "int",
        "skipped": "text",
        "positions": "int",
        "units_a": "int",
        "units_b": "int",
        "agreed": "int",
        "expected_agreed": "float",
        "share": "float",
    }

    @property
    def layer_a(self) -> int:
        """A's layer."""
        return self.data["layer_a"]

    @property
    def layer_b(self) -> int:
        """B's layer."""
        return self.data["layer_b"]

    @property
    def skipped(self) -> str | None:
        """Why there is nothing; null where there is."""
        return self.data["skipped"]

    @property
    def positions(self) -> int:
        """Positions that units were matched over."""
        return self.data["positions"]

    @property
    def units_a(self) -> int:
        """Units of A that vary."""
        return self.data["units_a"]

    @property
    def units_b(self) -> int:
        """Units of B that vary."""
        return self.data["units_b"]

    @property
    def agreed(self) -> int:
        """Units with the same partner by both matchings."""
        return self.data["agreed"]

    @property
    def expected_agreed(self) -> float | None:
        """By chance."""
        return self.data["expected_agreed"]

    @property
    def share(self) -> float | None:
        """Of the side with fewer units. From 0 to 1."""
        return self.data["share"]


class CompareFunctionalPairUnits(Record):
    """Hidden units matched by what they do."""

    __slots__ = ()
    _columns: ClassVar[Columns] = {
        "caveat": "text",
        "layers": [CompareFunctionalPairUnitsLayer],
    }

    @property
    def caveat(self) -> str:
        """What agreement does not say."""
        return self.data["caveat"]

    @property
    def layers(self) -> Table[CompareFunctionalPairUnitsLayer]:
        """MLPs that all tokens pass, paired by depth."""
        return Table(self.data["layers"], CompareFunctionalPairUnitsLayer)


class CompareFunctionalPair(Record):
    """What two models do with the same texts."""

    __slots__ = ()
    _columns: ClassVar[Columns] = {
        "a": "text",
        "b": "text",
        "texts": "int",
        "tokens_a": "int",
        "tokens_b": "int",
        "aligned_positions": "int",
        "compared_positions": "int",
        "median_best_cka": "float",
        "mean_router_overlap": "float",
        "mean_unit_share": "float",
        "cka": CompareFunctionalPairCka,
        "next_tokens": CompareFunctionalPairNextTokens,
        "routers": [CompareFunctionalPairRouter],
        "units": CompareFunctionalPairUnits,
    }

    @property
    def a(self) -> str:
        """The id of the first model."""
        return self.data["a"]

    @property
    def b(self) -> str:
        """The id of the second."""
        return self.data["b"]

    @property
    def texts(self) -> int:
        """Texts that both were run on."""
        return self.data["texts"]

    @property
    def tokens_a(self) -> int:
        """Tokens that A reads in them."""
        return self.data["tokens_a"]

    @property
    def tokens_b(self) -> int:
        """Tokens that B reads in them."""
        return self.data["tokens_b"]

    @property
    def aligned_positions(self) -> int:
        """Where tokens of both end."""
        return self.data["aligned_positions"]

    @property
    def compared_positions(self) -> int:
        """Of those, thinned out evenly to at most 2,048."""
        return self.data["compared_positions"]

    @property
    def median_best_cka(self) -> float | None:
        """Median over states of B of the largest CKA to any of A."""
        return self.data["median_best_cka"]

    @property
    def mean_router_overlap(self) -> float | None:
        """Mean over layers of overlap; null without routers in both."""
        return self.data["mean_router_overlap"]

    @property
    def mean_unit_share(self) -> float | None:
        """Mean over layers of the share of units that agree; null without."""
        return self.data["mean_unit_share"]

    @property
    def cka(self) -> CompareFunctionalPairCka:
        """Rows: states of A, entering the first layer and leaving each. Columns: of B."""
        return CompareFunctionalPairCka(self.data["cka"])

    @property
    def next_tokens(self) -> CompareFunctionalPairNextTokens:
        """What both expect next."""
        return CompareFunctionalPairNextTokens(self.data["next_tokens"])

    @property
    def routers(self) -> Table[CompareFunctionalPairRouter]:
        """Layers with routers in both, paired by depth."""
        return Table(self.data["routers"], CompareFunctionalPairRouter)

    @property
    def units(self) -> CompareFunctionalPairUnits:
        """Hidden units matched by what they do."""
        return CompareFunctionalPairUnits(self.data["units"])


class CompareFunctional(Record):
    """With --functional: what the models do with the same texts. Describes; no sign of a common origin by
    itself.
    """

    __slots__ = ()
    _columns: ClassVar[Columns] = {
        "pair": CompareFunctionalPair,
        "controls": [CompareFunctionalPair],
    }

    @property
    def pair(self) -> CompareFunctionalPair:
        """A and B."""
        return CompareFunctionalPair(self.data["pair"])

    @property
    def controls(self) -> Table[CompareFunctionalPair]:
        """A and B against each control."""
        return Table(self.data["controls"], CompareFunctionalPair)


CompareRunRequestComponent = Literal["text", "vision", "audio", "projector", "prediction"]


class CompareRunRequestFunctional(Record):
    """Texts to run the models on."""

    __slots__ = ()
    _columns: ClassVar[Columns] = {
        "texts": ["text"],
        "bytes": "bool",
    }

    @property
    def texts(self) -> list[str]:
        """The texts."""
        return self.data["texts"]

    @property
    def bytes(self) -> bool:
        """Whether the texts' bytes were their token ids."""
        return self.data["bytes"]


class CompareRunRequest(Record):
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
        "within": "bool",
        "by_name": "bool",
        "quantiles": "bool",
        "digest": "text",
        "functional": CompareRunRequestFunctional,
    }

    @property
    def kind(self) -> Literal["compare"]:
        """What was asked for."""
        return self.data["kind"]

    @property
    def partial(self) -> bool:
        """Whether missing files and tensors were let pass."""
        return self.data["partial"]

    @property
    def components(self) -> list[CompareRunRequestComponent] | None:
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
    def within(self) -> bool:
        """Whether each model's layers were compared with each other."""
        return self.data["within"]

    @property
    def by_name(self) -> bool:
        """Whether tensors were paired by name alone."""
        return self.data["by_name"]

    @property
    def quantiles(self) -> bool:
        """Whether 99th percentiles were asked for."""
        return self.data["quantiles"]

    @property
    def digest(self) -> Literal["auto", "always", "never"]:
        """Whether whole files were digested."""
        return self.data["digest"]

    @property
    def functional(self) -> CompareRunRequestFunctional | None:
        """Texts to run the models on."""
        value = self.data["functional"]
        return None if value is None else CompareRunRequestFunctional(value)


class CompareRun(Record):
    """How the numbers were made; the only part that may differ between runs on the same inputs."""

    __slots__ = ()
    _columns: ClassVar[Columns] = {
        "command": "text",
        "arguments": ["text"],
        "threads": "int",
        "simd_target": "text",
        "request": CompareRunRequest,
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
    def request(self) -> CompareRunRequest:
        """What was asked for, all that numbers depend on but the inputs: modelkin verify asks again."""
        return CompareRunRequest(self.data["request"])


class CompareRecord(Record):
    """Everything but `run` is the same, byte for byte, for the same inputs and flags, whatever the
    threads.
    """

    __slots__ = ()
    _columns: ClassVar[Columns] = {
        "schema_version": "text",
        "tool": Tool,
        "inputs": [Input],
        "summary": CompareSummary,
        "tensors": [CompareTensor],
        "control_summaries": [CompareSummary],
        "control_tensors": [CompareFurtherTensor],
        "within_summaries": [CompareSummary],
        "within_tensors": [CompareFurtherTensor],
        "functional": CompareFunctional,
        "run": CompareRun,
    }

    @property
    def schema_version(self) -> str:
        """The version of the JSON's format."""
        return self.data["schema_version"]

    @property
    def tool(self) -> Tool:
        """The program that wrote this."""
        return Tool(self.data["tool"])

    @property
    def inputs(self) -> Table[Input]:
        """A, B where it is given, then controls."""
        return Table(self.data["inputs"], Input)

    @property
    def summary(self) -> CompareSummary:
        """Of A and B."""
        return CompareSummary(self.data["summary"])

    @property
    def tensors(self) -> Table[CompareTensor]:
        """Each pair of tensors, and each that has no partner."""
        return Table(self.data["tensors"], CompareTensor)

    @property
    def control_summaries(self) -> Table[CompareSummary]:
        """Of A and B, each with each control."""
        return Table(self.data["control_summaries"], CompareSummary)

    @property
    def control_tensors(self) -> Table[CompareFurtherTensor]:
        """Pairs with tensors of controls."""
        return Table(self.data["control_tensors"], CompareFurtherTensor)

    @property
    def within_summaries(self) -> Table[CompareSummary]:
        """Of each model's layers with one another."""
        return Table(self.data["within_summaries"], CompareSummary)

    @property
    def within_tensors(self) -> Table[CompareFurtherTensor]:
        """Pairs of tensors of one model."""
        return Table(self.data["within_tensors"], CompareFurtherTensor)

    @property
    def functional(self) -> CompareFunctional | None:
        """With --functional: what the models do with the same texts. Describes; no sign of a common origin
        by itself.
        """
        value = self.data["functional"]
        return None if value is None else CompareFunctional(value)

    @property
    def run(self) -> CompareRun:
        """How the numbers were made; the only part that may differ between runs on the same inputs."""
        return CompareRun(self.data["run"])
