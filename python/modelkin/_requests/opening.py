"""``mk.open``."""

from __future__ import annotations

import os
import warnings as python_warnings
from typing import Any

from .. import _core
from .._errors import ModelWarning, UsageError
from .._live import LiveModel, is_live
from .._locations import Locations
from .._model import Model
from .._text import visible
from .._types import ModelLike
from .arguments import word


def open_location(location: str, *, partial: bool, base: str, as_stored: bool) -> Model:
    """Opens what is at a location."""
    call = _core.Call(arguments=[], threads=0, progress=None, keeps_blocks=True)
    options = _core.OpenOptions(partial=partial, as_stored=as_stored, base=base, components=[])
    opened = _core.open(call, location, options)
    return Model(opened, location, partial=partial, base=base, as_stored=as_stored)


def open(
    model: ModelLike,
    *,
    partial: bool = False,
    base: ModelLike | None = None,
    config: Any = None,
    name: str | None = None,
) -> Model:
    """Opens a model: reads its headers and config.json, and no tensor.

    Args:
        model: Where it is, or what it is: see ``ModelLike``.
        partial: True goes on where files or tensors of a model are missing, and warns of what is.
        base: The model that an adapter (PEFT) was made for. Default: the local folder that the
            adapter names.
        config: Of a state dict, its configuration: a mapping, or an object with ``to_dict()``.
            Default: the ``config`` of the module that it is asked of, if it has one.
        name: Of a state dict, what results call it. Default: the module's class, or state_dict.

    Returns:
        A mapping of names to tensors, whose values are read when they are asked for. The arrays
        of a state dict are read where they lie, and kept until the model is closed.

    Raises:
        UsageError: An argument is wrong, or a state dict can't be read where it lies.
        InputError: A file is missing, breaks a rule of its format, or changed while it was read.
        IoError: The disk or the network failed.
    """
    locations = Locations()
    live, owns_live = None, False
    if isinstance(model, (str, os.PathLike, Model)) or not is_live(model):
        if config is not None or name is not None:
            raise UsageError("config and name are for state dicts: a file has its own")
        where = locations.of(model)
        if isinstance(model, Model):
            live = model._live
            partial = partial or model._partial
            base = model._base or None if base is None else base
    else:
        if name is not None:
            word("name", name)
        live, owns_live = LiveModel(model, name=name, config=config), True
        where = live.location
    opened = open_location(
        where, partial=partial, base="" if base is None else locations.of(base), as_stored=False
    )
    opened._live, opened._owns_live, opened._base_arrays = live, owns_live, locations
    for line in opened.warnings:
        python_warnings.warn(visible(f"{where}: {line}"), ModelWarning, stacklevel=2)
    return opened
