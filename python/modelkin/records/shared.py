"""Types of docs/results.schema.json, from which scripts/make-result-types makes them."""

# mypy: disable-error-code=no-any-return
from __future__ import annotations

from typing import ClassVar, Literal

from .._record import Columns, Record, Table


class Tool(Record):
    """The program that wrote this."""

    __slots__ = ()
    _columns: ClassVar[Columns] = {
        "name": "text",
        "version": "text",
    }

    @property
    def name(self) -> Literal["modelkin"]:
        """The program."""
        return self.data["name"]

    @property
    def version(self) -> str:
        """Its version."""
        return self.data["version"]


class InputPacked(Record):
    """Codes of a quantisation, which are not read."""

    __slots__ = ()
    _columns: ClassVar[Columns] = {
        "tensors": "int",
        "companions": "int",
        "parameters": "int",
        "share": "float",
        "codings": ["text"],
    }

    @property
    def tensors(self) -> int:
        """Tensors of codes."""
        return self.data["tensors"]

    @property
    def companions(self) -> int:
        """Scales and the like, which are no weights of their own."""
        return self.data["companions"]

    @property
    def parameters(self) -> int:
        """That the codes stand for."""
        return self.data["parameters"]

    @property
    def share(self) -> float:
        """Of the model's parameters. From 0 to 1."""
        return self.data["share"]

    @property
    def codings(self) -> list[str]:
        """Names of the codings."""
        return self.data["codings"]


class InputFile(Record):
    """Files that were read."""

    __slots__ = ()
    _columns: ClassVar[Columns] = {
        "name": "text",
        "bytes": "int",
        "header_sha256": "text",
        "sha256": "text",
    }

    @property
    def name(self) -> str:
        """Without its folder."""
        return self.data["name"]

    @property
    def bytes(self) -> int:
        """Its size."""
        return self.data["bytes"]

    @property
    def header_sha256(self) -> str:
        """Of the header, as hexadecimal digits."""
        return self.data["header_sha256"]

    @property
    def sha256(self) -> str | None:
        """Null where whole files were not digested (--digest does)."""
        return self.data["sha256"]


class Input(Record):
    """A model: what was read of it."""

    __slots__ = ()
    _columns: ClassVar[Columns] = {
        "id": "text",
        "path": "text",
        "tensors": "int",
        "elements": "int",
        "bytes": "int",
        "bytes_by_dtype": "any",
        "resolved": "text",
        "packed": InputPacked,
        "warnings": ["text"],
        "files": [InputFile],
    }

    @property
    def id(self) -> str:
        """a, b, control_1, ..."""
        return self.data["id"]

    @property
    def path(self) -> str:
        """As the user named it."""
        return self.data["path"]

    @property
    def tensors(self) -> int:
        """Tensors."""
        return self.data["tensors"]

    @property
    def elements(self) -> int:
        """Their elements."""
        return self.data["elements"]

    @property
    def bytes(self) -> int:
        """Their bytes."""
        return self.data["bytes"]

    @property
    def bytes_by_dtype(self) -> dict[str, int]:
        """Bytes by the type that is stored."""
        return self.data["bytes_by_dtype"]

    @property
    def resolved(self) -> str:
        """The path with a moving revision as the commit that it stood for."""
        return self.data["resolved"]

    @property
    def packed(self) -> InputPacked:
        """Codes of a quantisation, which are not read."""
        return InputPacked(self.data["packed"])

    @property
    def warnings(self) -> list[str]:
        """Lines on what is odd but legal."""
        return self.data["warnings"]

    @property
    def files(self) -> Table[InputFile]:
        """Files that were read."""
        return Table(self.data["files"], InputFile)
