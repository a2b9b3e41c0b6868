"""Where the models of a call are."""

from __future__ import annotations

import io
import os
import re
from collections.abc import Iterable
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from . import _core
from ._errors import InputError, UsageError
from ._live import LiveModel, is_live
from ._model import Model

_REPOSITORY = re.compile(r"(?:[\w-][\w.-]*/)?[\w-][\w.-]*(@[\w-][\w.-]*(?:/[\w-][\w.-]*)*)?")


class Locations:
    """The models of one call, as locations. Live ones are readable until it ends."""

    def __init__(self) -> None:
        self._stack = ExitStack()
        self._live: list[LiveModel] = []
        self._arrays: list[list[Any]] = []  # of open models, which may be closed meanwhile
        self._opened: list[Model] = []

    def __enter__(self) -> Locations:
        return self

    def __exit__(self, *details: Any) -> None:
        self._stack.close()

    def of(self, model: Any, what: str = "a model", *, as_saved: bool = False) -> str:
        """Returns the location of a model. `as_saved`: a live one has the tensors that its files would.

        Raises UsageError for what is no model, InputError for a path where nothing is.
        """
        if isinstance(model, Model):
            return self._of_open(model)
        if isinstance(model, (str, os.PathLike)):
            return location_of_path(os.fspath(model))
        if is_live(model):
            live = self._stack.enter_context(LiveModel(model, as_saved=as_saved))
            self._live.append(live)
            return live.location
        raise UsageError(
            f"{what} is a path, hf://org/name, a Model, a state dict or a module with one, not"
            f" {type(model).__name__}"
        )

    def of_image(self, image: Any) -> str:
        """Returns where pixels are: a path, or an array's copy as a .npy file in memory until the call ends.

        Raises UsageError for what is neither, or has no floating-point numbers.
        """
        if isinstance(image, (str, os.PathLike)):
            path = os.fspath(image)
            if not isinstance(path, str):
                raise UsageError(f"image is a path or an array, not {type(path).__name__}")
            return path
        location = _core.add_file("image", "pixels.npy", _npy_bytes(image))
        self._stack.callback(_core.remove_live, location.rpartition("/")[0])
        return location

    def all_of(self, models: Any, what: str) -> list[str]:
        """Returns the locations of several models. One alone is a list of one."""
        if not isinstance(models, Iterable) or isinstance(models, (str, bytes, Model)) or is_live(models):
            models = [models]
        return [self.of(model, what) for model in models]

    def require_opening(self, partial: bool, base: str) -> None:
        """Raises UsageError if an open model was opened otherwise than the request opens models."""
        for model in self._opened:
            location = model.location
            if model._base and model._base != base:
                raise UsageError(
                    f"{location} was opened with base={model._base!r}: a request on it needs the same base=",
                    file=location,
                )
            if model._partial and not partial:
                raise UsageError(
                    f"{location} was opened with partial=True: a request on it needs it too", file=location
                )

    def require_files(self, what: str) -> None:
        """Raises UsageError if a model is in the memory of this process, where no other one can read it."""
        if self._live:
            raise UsageError(f"{what} takes models that are files: save the state dict, and name its folder")

    def _of_open(self, model: Model) -> str:
        location = model.location
        if model._as_stored:
            raise UsageError(
                f"{location}: a request takes the model itself, not its stored form: diff compares codes"
                " as files hold them, the others what they stand for",
                file=location,
            )
        self._arrays.append(model._arrays())
        self._opened.append(model)
        is_path = "://" not in location and not location.startswith("memory:")
        if is_path and os.getcwd() != model._opened_in:
            return os.path.join(model._opened_in, location)
        return location

    def require_unchanged(self) -> None:
        """Raises InputError if a live model was written to since its location was asked for."""
        for live in self._live:
            live.require_unchanged()


def _npy_bytes(image: Any) -> bytes:
    """Returns an array of pixels as a .npy file: float16 as it is, other floats as float32."""
    import numpy

    if hasattr(image, "detach"):  # of torch, which may be in training, on a GPU, or in bfloat16
        image = image.detach().cpu()
        image = image if image.element_size() == 2 and str(image.dtype) == "torch.float16" else image.float()
    array = numpy.asarray(image)
    if array.dtype.kind != "f":
        raise UsageError(f"image has numbers of type {array.dtype.name}: a model's processor gives floats")
    kept = array.astype("<f2" if array.dtype.itemsize == 2 else "<f4", order="C")
    file = io.BytesIO()
    numpy.save(file, kept, allow_pickle=False)
    return file.getvalue()


def location_of_path(path: Any) -> str:
    """Returns a path or hf:// address as it is; of a repository's id the snapshot in the cache of
    huggingface_hub: "org/name", "name", or either with "@revision".

    Raises InputError where there is none of these.
    """
    if not isinstance(path, str):
        raise UsageError(f"a path is text, not {type(path).__name__}")
    if not path:
        raise UsageError("a path is empty")
    if "\0" in path:
        raise UsageError(f"a path has no zero byte: {path!r}")
    try:
        path.encode()
    except UnicodeEncodeError:
        raise UsageError(f"a path that is not UTF-8 can't be read: {path!r}") from None
    if "://" in path or path.startswith("memory:") or os.path.exists(path):
        return path
    if _REPOSITORY.fullmatch(path):
        snapshot = _snapshot_of(path)
        if snapshot is not None:
            return snapshot
        if "/" in path:
            raise InputError(
                f"{path}: no such file or folder, and no snapshot in the cache of huggingface_hub:"
                f" hf://{path} reads it from the hub",
                file=path,
            )
    return path  # the library says what is wrong


def _cache_folder() -> Path:
    """Returns the folder of huggingface_hub's cache, as its variables say."""
    for variable, below in (
        ("HF_HUB_CACHE", ""),
        ("HUGGINGFACE_HUB_CACHE", ""),
        ("HF_HOME", "hub"),
        ("XDG_CACHE_HOME", "huggingface/hub"),
    ):
        value = os.environ.get(variable)
        if value:
            return Path(os.path.expandvars(os.path.expanduser(value))) / below
    return Path.home() / ".cache" / "huggingface" / "hub"


def _snapshot_of(repository: str) -> str | None:
    """Returns the folder of the snapshot that a repository's id stands for: of a revision that is named,
    else of main, else the only one there is. None if it is not there.

    Raises InputError for several snapshots of which none is main's.
    """
    name, _, revision = repository.partition("@")
    folder = _cache_folder() / f"models--{name.replace('/', '--')}"
    reference = folder / "refs" / (revision or "main")
    commit = revision
    if reference.is_file():
        commit = reference.read_text().strip()
    if commit:
        snapshot = folder / "snapshots" / commit
        return str(snapshot) if snapshot.is_dir() else None
    snapshots = sorted(folder.glob("snapshots/*/"))
    if len(snapshots) > 1:
        raise InputError(
            f"{repository}: the cache of huggingface_hub has {len(snapshots)} snapshots, and none is"
            f" main's: say which, as {name}@{snapshots[0].name}",
            file=repository,
        )
    return str(snapshots[0]) if snapshots else None
