"""What modelkin raises."""

from __future__ import annotations

import re

from ._text import visible


class Error(Exception):
    """What went wrong, and where. ``str()`` is one printable line.

    Attributes:
        message: what went wrong, without the place.
        file: the file, or ``""``.
        tensor: the tensor, or ``""``.
        offset: the byte in the file, or None.
    """

    def __init__(
        self, line: str, message: str = "", file: str = "", tensor: str = "", offset: int | None = None
    ) -> None:
        super().__init__(visible(line).replace("\n", "\\n"))
        self.message = message or line
        self.file = file
        self.tensor = tensor
        self.offset = offset

    def __reduce__(self) -> tuple[object, ...]:
        return type(self), (str(self), self.message, self.file, self.tensor, self.offset)


class UsageError(Error, ValueError):
    """The call is wrong: an unknown value, options that do not go together. The program's exit code 2."""


class InputError(Error):
    """A file breaks its format's rules, is missing, or changed while it was read. Exit code 3."""


class IoError(Error, OSError):
    """The system or the network failed: permission, disk full, read error. Exit code 4."""


class ClosedError(UsageError):
    """A model was used after it was closed."""


class ModelWarning(UserWarning):
    """Something odd but legal about a model: a missing shard, a config.json that is wrong."""


_BY_EXIT_CODE = {2: UsageError, 3: InputError, 4: IoError}

# Options that messages of the library name, as keyword arguments.
_KEYWORD_OF = {
    "base MODEL": "base=model",
    "base": "base",
    "beyond-context": "beyond_context=True",
    "bytes": "bytes=True",
    "control": "controls",
    "fingerprints": "fingerprints=True",
    "functional": "functional=True",
    "generate": "generate",
    "head": "head",
    "ids": "ids",
    "input": "inputs",
    "key-map FILE": "key_map",
    "layer": "layer",
    "layers": "layers",
    "partial": "partial=True",
    "quick": 'effort="quick"',
    "text or --texts": "texts",
    "token": "token",
    "within": "within=True",
}
_OPTION = re.compile(rf"(?<![\w/.-])--({'|'.join(sorted(_KEYWORD_OF, key=len, reverse=True))})(?![\w-])")


def in_keywords(text: str) -> str:
    """Returns a message of the library with keywords in place of the program's options."""
    return _OPTION.sub(lambda option: _KEYWORD_OF[option[1]], text)


def make_error(exit_code: int, line: str, message: str, file: str, tensor: str, offset: int | None) -> Error:
    """Returns the error of an exit code of the program, with keywords for the program's options."""
    place = line.removesuffix(message)
    return _BY_EXIT_CODE.get(exit_code, Error)(
        place + in_keywords(message), in_keywords(message), file, tensor, offset
    )
