"""State dicts of running programs as models: read where they lie, without a copy."""

from __future__ import annotations

import json
import sys
import warnings
import weakref
from collections.abc import Iterable, Mapping
from types import TracebackType
from typing import Any

from . import _core
from ._errors import ClosedError, InputError, ModelWarning, UsageError
from ._text import visible

# Names of types, in NumPy, ml_dtypes and torch alike, and in the files' format.
_DTYPES = {
    "bool": "BOOL",
    "uint8": "U8",
    "int8": "I8",
    "uint16": "U16",
    "int16": "I16",
    "uint32": "U32",
    "int32": "I32",
    "uint64": "U64",
    "int64": "I64",
    "float8_e4m3fn": "F8_E4M3",
    "float8_e5m2": "F8_E5M2",
    "float8_e4m3fnuz": "F8_E4M3FNUZ",
    "float8_e5m2fnuz": "F8_E5M2FNUZ",
    "float8_e8m0fnu": "F8_E8M0",
    "float16": "F16",
    "bfloat16": "BF16",
    "float32": "F32",
    "float64": "F64",
    "complex64": "C64",
}


def is_live(model: object) -> bool:
    """Returns whether an object is a state dict, or a module that has one."""
    if isinstance(model, type):
        return False
    return isinstance(model, Mapping) or callable(getattr(model, "state_dict", None))


class LiveModel:
    """A state dict that requests read. Its arrays are kept until it is closed."""

    def __init__(
        self, source: Any, *, name: str | None = None, config: Any = None, as_saved: bool = False
    ) -> None:
        """Looks at every tensor of `source`, and copies none that is contiguous.

        `source`: a mapping of names to tensors of torch on the CPU, NumPy arrays or what has
        ``__array__``; or an object with ``state_dict()``, without what torch.compile and data
        parallelism wrap around it. `config`: a mapping, an object with ``to_dict()``, or None for the
        source's own ``config``. `as_saved`: a model of transformers has the tensors that
        save_pretrained would write, some of them copies. Raises UsageError for a tensor that can't be
        read here.
        """
        module = None
        if not isinstance(source, Mapping):
            module = unwrapped(source)
            config = getattr(module, "config", None) if config is None else config
            name = type(module).__name__ if name is None else name
            source = {key.replace("_orig_mod.", ""): item for key, item in module.state_dict().items()}
        self._kept: list[Any] = []
        self._versions: list[tuple[str, Any, int]] = []
        tensors = without_tied(source)
        for key, tensor in tensors.items():
            self._remember_version(key, tensor)
        if as_saved:
            tensors = names_when_saved(module, tensors)
        arrays = [array for item in tensors.items() for array in self._arrays_of(*item)]
        if not arrays:
            raise UsageError("a state dict without a tensor")
        if any(".base_layer." in str(key) for key in tensors):
            warnings.warn(
                "an adapter of PEFT lies beside the weights that it changes: they are read apart. Call"
                " merge_adapter() first to have what the model computes with",
                ModelWarning,
                stacklevel=2,
            )
        self.location = _core.add_live(name or "state_dict", arrays, _config_text(config))
        # The library holds addresses alone: it has to forget them before the arrays go.
        self._forget = weakref.finalize(self, _core.remove_live, self.location)

    def close(self) -> None:
        """Lets go of the arrays. Who holds `arrays` may go on reading."""
        self._forget()
        self._kept = []
        self._versions = []

    def arrays(self) -> list[Any]:
        """Returns the arrays, which are there for as long as the list is. Raises ClosedError."""
        arrays = self._kept  # before looking: another thread may close in between
        if not self._forget.alive:
            raise ClosedError(f"{self.location}: this model is closed", file=self.location)
        return arrays

    def require_unchanged(self) -> None:
        """Raises InputError if a tensor of torch was written to since this was made."""
        for name, tensor, version in self._versions:
            if tensor._version != version:
                raise InputError(
                    f'{self.location}: tensor "{name}": changed while it was read: train and ask one'
                    " after the other, or copy the state dict first",
                    file=self.location,
                    tensor=name,
                )

    def __enter__(self) -> LiveModel:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def _remember_version(self, name: object, tensor: Any) -> None:
        torch = sys.modules.get("torch")
        if torch is None or not isinstance(tensor, torch.Tensor) or tensor.is_inference():
            return  # no versions are counted
        self._versions.append((str(name), tensor, tensor._version))

    def _arrays_of(self, name: object, value: Any) -> Iterable[_core.Array]:
        if not isinstance(name, str):
            raise UsageError(f"a state dict's names are strings, not {type(name).__name__}: {name!r}")
        try:
            name.encode()
        except UnicodeEncodeError:
            raise UsageError(f"a name is no text: {name!r}") from None
        torch = sys.modules.get("torch")
        if torch is not None and isinstance(value, torch.Tensor):
            yield self._array_of_torch(name, value, torch)
        elif hasattr(value, "__array__"):
            yield self._array_of_numpy(name, value)
        elif name.endswith("_extra_state"):
            warnings.warn(f"{visible(name)} is no tensor: left out", ModelWarning, stacklevel=2)
        else:
            raise UsageError(
                f'"{name}" is {type(value).__name__}: a state dict maps names to tensors of torch or'
                ' arrays of NumPy (a checkpoint of a trainer often has it under "model" or'
                ' "state_dict")',
                tensor=name,
            )

    def _array_of_torch(self, name: str, tensor: Any, torch: Any) -> _core.Array:
        def refuse(what: str) -> UsageError:
            return UsageError(f'tensor "{name}" {what}', tensor=name)

        if tensor.device.type == "meta":
            raise refuse("is on the meta device: it has no values. Load the weights first")
        if tensor.device.type != "cpu":
            raise refuse(
                f"is on {tensor.device}: copy the state dict to the CPU first, as in"
                " {name: tensor.cpu() for name, tensor in model.state_dict().items()}"
            )
        if tensor.layout != torch.strided or tensor.is_quantized:
            raise refuse("is sparse or quantised by torch itself: make it dense first (to_dense, dequantize)")
        if type(tensor) not in (torch.Tensor, torch.nn.Parameter):
            raise refuse(
                f"is a {type(tensor).__name__}, which keeps its values elsewhere: make it a plain"
                " tensor first (full_tensor, dequantize)"
            )
        dtype = _DTYPES.get(str(tensor.dtype).removeprefix("torch."))
        if dtype is None:
            raise refuse(f"is of {tensor.dtype}, which no file of weights has")
        plain = tensor.detach().resolve_conj().resolve_neg().contiguous()
        self._kept.append(plain)
        return _core.Array(
            name, dtype, list(plain.shape), plain.data_ptr(), plain.numel() * plain.element_size()
        )

    def _array_of_numpy(self, name: str, value: Any) -> _core.Array:
        import numpy

        if isinstance(value, numpy.ma.MaskedArray):
            raise UsageError(f'tensor "{name}" is masked: fill it first (filled)', tensor=name)
        array = numpy.ascontiguousarray(value).reshape(numpy.shape(value))
        dtype = _DTYPES.get(array.dtype.name)
        if dtype is None:
            raise UsageError(
                f'tensor "{name}" is of {array.dtype.name}, which no file of weights has', tensor=name
            )
        array = array.astype(array.dtype.newbyteorder("<"), copy=False)
        self._kept.append(array)
        address = array.__array_interface__["data"][0]
        return _core.Array(name, dtype, list(array.shape), address, array.nbytes)


def unwrapped(module: Any) -> Any:
    """Returns the module inside those of torch.compile, DataParallel and DistributedDataParallel."""
    while True:
        inner = getattr(module, "_modules", {}).get("_orig_mod")
        if inner is None and type(module).__name__ in ("DataParallel", "DistributedDataParallel"):
            inner = module.module
        if inner is None:
            return module
        module = inner


def without_tied(tensors: Mapping[Any, Any]) -> dict[Any, Any]:
    """Returns a state dict with each weight once: of names whose tensors of torch are the same memory
    the first. Files of transformers have tied weights once as well.
    """
    torch = sys.modules.get("torch")
    seen = set()
    kept = {}
    for name, tensor in tensors.items():
        if torch is not None and isinstance(tensor, torch.Tensor) and _has_memory(tensor, torch):
            marks = (tensor.is_conj(), tensor.is_neg())  # of views whose memory holds other values
            place = (tensor.data_ptr(), tensor.dtype, tensor.shape, tensor.stride(), *marks)
            if place in seen:
                continue
            seen.add(place)
        kept[name] = tensor
    return kept


def _has_memory(tensor: Any, torch: Any) -> bool:
    return bool(tensor.device.type == "cpu" and tensor.layout == torch.strided and tensor.numel() > 0)


def names_when_saved(module: Any, tensors: dict[Any, Any]) -> dict[Any, Any]:
    """Returns the tensors of a module as save_pretrained of transformers would write them: experts one
    by one, under the names of its files. Those of other modules stay as they are.
    """
    models = sys.modules.get("transformers.modeling_utils")
    revert = getattr(models, "revert_weight_conversion", None)  # of transformers 5
    if models is None or revert is None or not isinstance(module, models.PreTrainedModel):
        return tensors
    return dict(revert(module, tensors))


def _config_text(config: Any) -> str | None:
    """Returns a config.json, or None for no configuration."""
    if config is None:
        return None
    values = config.to_dict() if hasattr(config, "to_dict") else config
    if not isinstance(values, Mapping):
        raise UsageError(
            f"config is a mapping or has to_dict(), not {type(config).__name__}: pass the model's"
            " config.json as a dict"
        )
    return json.dumps(dict(values), default=str)
