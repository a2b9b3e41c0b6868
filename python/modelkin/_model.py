"""An open model: its tensors by name."""

from __future__ import annotations

import html
import json
import os
from collections.abc import Iterator, Mapping
from types import TracebackType
from typing import TYPE_CHECKING, Any

from . import _core
from ._errors import ClosedError
from ._live import LiveModel

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from .records.inspect import InspectComponent
    from .results import InspectResult, Table, TensorRow


class Tensor:
    """A tensor of a model. Its values are read when they are asked for, each time anew.

    ``numpy.asarray(tensor)`` and ``torch.from_dlpack(tensor)`` read it as well.
    """

    __slots__ = ("_model", "_row")

    def __init__(self, model: Model, row: Mapping[str, Any]) -> None:
        self._model = model
        self._row = row

    @property
    def name(self) -> str:
        """Its name, as the model has it."""
        return str(self._row["name"])

    @property
    def dtype(self) -> str:
        """What its numbers are stored as, such as ``"BF16"``, ``"Q4_K"`` or ``"GPTQ, 4 bits"``."""
        return str(self._row["dtype"])

    @property
    def shape(self) -> tuple[int, ...]:
        """Its extents, row-major: of a matrix ``(rows, columns)``."""
        return tuple(self._row["shape"])

    @property
    def ndim(self) -> int:
        """The number of its extents; 0 of a scalar."""
        return len(self.shape)

    @property
    def size(self) -> int:
        """The number of elements."""
        return int(self._row["elements"])

    @property
    def nbytes(self) -> int:
        """The bytes that it takes up in its files, scales of a quantised weight included."""
        return int(self._row["bytes"])

    @property
    def file(self) -> str:
        """The name of the file that it is in."""
        return str(self._row["file"])

    def numpy(self) -> NDArray[Any]:
        """Reads the values into a new array.

        Returns:
            An array of ``shape``, in the type that the values are stored in. BF16 and floats of 8 bits
            have types of ml_dtypes. Of a quantised weight these are the values that its codes stand
            for, as float32.

        Raises:
            InputError: The file breaks a rule of its format, or changed since it was opened.
            UsageError: NumPy has no type for elements of less than a byte.
            ClosedError: The model is closed.
        """
        import numpy

        words, dtype = self._model._read(self.name, as_words=True)
        return numpy.asarray(words).view(_numpy_type(dtype))

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> NDArray[Any]:
        if copy is False:
            raise ValueError("the values are in a file: reading them is a copy")
        values = self.numpy()
        return values if dtype is None else values.astype(dtype, copy=False)

    def __dlpack__(self, **options: Any) -> Any:
        """Reads the values for any library that speaks DLPack: ``torch.from_dlpack(tensor)``."""
        options.pop("copy", None)
        array: Any = self._model._read(self.name, as_words=False)[0]
        return array.__dlpack__(**options)

    def __dlpack_device__(self) -> tuple[int, int]:
        return (1, 0)  # the CPU

    def __repr__(self) -> str:
        return f"<Tensor {self.name!r} {self.dtype} {list(self.shape)}>"


class Model(Mapping[str, Tensor]):
    """An open model: a mapping of names to tensors, none of which is read before it is asked for.

    ``mk.open`` makes it, and every request takes it in place of a path. It is a context manager:
    ``close`` lets go of its files, and what is asked of it then is a ClosedError. Two models are
    equal where they are the same object.
    """

    def __init__(
        self,
        opened: _core.OpenedModel,
        location: str,
        *,
        partial: bool,
        base: str,
        as_stored: bool = False,
        live: LiveModel | None = None,
    ) -> None:
        self._handle: _core.OpenedModel | None = opened
        self._location = location
        self._opened_in = os.getcwd()  # where a relative path begins
        self._partial = partial
        self._base = base
        self._as_stored = as_stored
        self._live = live
        self._owns_live = False  # whether closing this closes `live`
        self._base_arrays: object = None  # of a live base
        self._rows: dict[str, dict[str, Any]] | None = None
        self._inspection: InspectResult | None = None
        self._stored: Model | None = None

    @property
    def _opened(self) -> _core.OpenedModel:
        if self._handle is None:
            raise ClosedError(f"{self._location}: this model is closed", file=self._location)
        return self._handle

    def _arrays(self) -> list[Any]:
        """Returns what has to be kept while the model is read: arrays of state dicts."""
        return [self._base_arrays, None if self._live is None else self._live.arrays()]

    def _read(self, name: str, *, as_words: bool) -> tuple[Any, str]:
        opened = self._opened
        arrays = self._arrays()
        try:
            return opened.read(name, as_words)
        finally:
            del arrays

    @property
    def location(self) -> str:
        """The path or hf:// address that it was opened by; ``memory:NAME`` of a state dict."""
        self._opened
        return self._location

    @property
    def stored(self) -> Model:
        """The same model as its files hold it.

        Codes of quantised weights and their scales are then tensors of their own.
        """
        self._opened
        if self._stored is None or self._stored._handle is None:
            from ._requests.opening import open_location

            self._stored = open_location(
                self._location, partial=self._partial, base=self._base, as_stored=True
            )
            self._stored._live = self._live  # its arrays are needed for as long
            self._stored._base_arrays = self._base_arrays
        return self._stored

    @property
    def inspection(self) -> InspectResult:
        """All that ``mk.inspect`` says of it: parameters, memory, findings."""
        from .results import InspectResult

        if self._inspection is None:
            self._inspection = InspectResult(*self._opened.inspection())
        return self._inspection

    @property
    def config(self) -> dict[str, Any] | None:
        """Its config.json, or what a GGUF file says in the words of one; None where there is neither."""
        text = self._opened.config_text()
        return None if text is None else json.loads(text)

    @property
    def family(self) -> str | None:
        """The name of its family, such as ``"llama"`` (docs/families.md); None where nothing says."""
        return self._opened.family or None

    @property
    def tensors(self) -> Table[TensorRow]:
        """A table with a row for each tensor.

        Its columns are name, dtype, shape, elements, bytes and file.
        """
        from .results import Table, TensorRow

        return Table(list(self._tensor_rows().values()), TensorRow)

    @property
    def parameters(self) -> int | None:
        """The number of parameters, of stored tensors or else as config.json has it; None for neither."""
        parameters = self.inspection.parameters
        return None if parameters is None else parameters.total

    @property
    def components(self) -> Table[InspectComponent]:
        """The models that it holds, the text model first: ``component`` is text, vision, audio, projector
        or prediction, ``parameters`` its number, ``parts`` of what.
        """
        return self.inspection.components

    @property
    def parts(self) -> Mapping[str, int]:
        """Parameters of each kind of module (``"attention"``, ``"routed_experts"``); empty where unknown."""
        parameters = self.inspection.parameters
        return {} if parameters is None else parameters.by_component

    @property
    def warnings(self) -> list[str]:
        """Lines about what is odd but legal, such as a missing shard under ``partial=True``."""
        return self._opened.warnings

    def _tensor_rows(self) -> dict[str, dict[str, Any]]:
        opened = self._opened  # raises where it is closed
        if self._rows is None:
            self._rows = dict(zip(opened.names, json.loads(opened.tensor_rows())))
        return self._rows

    def __getitem__(self, name: str) -> Tensor:
        return Tensor(self, self._tensor_rows()[name])

    def __iter__(self) -> Iterator[str]:
        return iter(self._tensor_rows())

    def __len__(self) -> int:
        return len(self._tensor_rows())

    def close(self) -> None:
        """Lets go of its files. Tensors and results that were made of it stay."""
        self._handle = None
        self._base_arrays = None
        if self._stored is not None:
            self._stored.close()
        if self._live is not None and self._owns_live:
            self._live.close()

    def __enter__(self) -> Model:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    __eq__ = object.__eq__
    __hash__ = object.__hash__

    def _repr_html_(self) -> str:
        if self._handle is None:
            return f"<code>{html.escape(repr(self))}</code>"
        from ._views import cards

        return cards.card_of_model(self)

    def __repr__(self) -> str:
        if self._handle is None:
            return f"<Model {self._location!r}, closed>"
        return f"<Model {self._location!r}, {self.family or 'of unknown family'}, {len(self)} tensors>"


def _numpy_type(name: str) -> Any:
    import numpy

    try:
        return numpy.dtype(name)
    except TypeError:
        import ml_dtypes

        return numpy.dtype(getattr(ml_dtypes, name))
