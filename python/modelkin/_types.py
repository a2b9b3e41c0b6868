"""What requests are asked with."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from typing import Any, Literal, Protocol, Union

from ._model import Model


class HasStateDict(Protocol):
    """A module of torch, or what has its ``state_dict()``."""

    def state_dict(self, *args: Any, **options: Any) -> Any:
        """Returns a mapping of names to tensors."""


ModelLike = Union[str, "os.PathLike[str]", Model, Mapping[str, Any], HasStateDict]
"""A path, ``hf://org/name[@revision]``, a repository's id of which huggingface_hub's cache has a
snapshot, a ``Model``, a state dict of torch tensors or NumPy arrays, or a module that has one."""


class HasArray(Protocol):
    """An array of NumPy, a tensor of torch, or what NumPy takes for one."""

    def __array__(self, *args: Any, **options: Any) -> Any:
        """Returns a NumPy array."""


ImageLike = Union[str, "os.PathLike[str]", HasArray]
"""A path of a .npy file, or an array: pixels of one image or of several."""


Layers = Union[str, int, Iterable[Union[int, "tuple[int, int]"]], None]
"""Layers by number, as pairs of first and last, or as the program takes them: ``"10,20,30-40"``."""


Effort = Literal["auto", "full", "quick"]


Heritage = Literal["auto", "all", "drawn"]


Topic = Literal["router", "rope", "gqa", "swiglu", "encoder"]


FailOn = Literal["supported", "related", "partial", "reversed", "unsupported", "untestable", "contradicted"]
