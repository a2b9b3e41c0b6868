"""Types of docs/tokenizer.schema.json, from which scripts/make-result-types makes them."""

# mypy: disable-error-code=no-any-return
from __future__ import annotations

from typing import ClassVar, Literal

from .._record import Columns, Record, Table
from .shared import Tool


class TokenizerSide(Record):
    """A tokenizer's file."""

    __slots__ = ()
    _columns: ClassVar[Columns] = {
        "file": "text",
        "kind": "text",
        "tokens": "int",
        "merges": "int",
    }

    @property
    def file(self) -> str:
        """The file that was read."""
        return self.data["file"]

    @property
    def kind(self) -> str:
        """Of what kind the file is."""
        return self.data["kind"]

    @property
    def tokens(self) -> int:
        """Tokens in it."""
        return self.data["tokens"]

    @property
    def merges(self) -> int:
        """Merges in it."""
        return self.data["merges"]


class TokenizerOverlap(Record):
    """What two sets have in common."""

    __slots__ = ()
    _columns: ClassVar[Columns] = {
        "a": "int",
        "b": "int",
        "shared": "int",
        "jaccard": "float",
        "share_of_smaller": "float",
    }

    @property
    def a(self) -> int:
        """Different ones in A."""
        return self.data["a"]

    @property
    def b(self) -> int:
        """Different ones in B."""
        return self.data["b"]

    @property
    def shared(self) -> int:
        """In both."""
        return self.data["shared"]

    @property
    def jaccard(self) -> float | None:
        """Null if both sides are empty. From 0 to 1."""
        return self.data["jaccard"]

    @property
    def share_of_smaller(self) -> float | None:
        """Null if one side is empty. From 0 to 1."""
        return self.data["share_of_smaller"]


class TokenizerOffset(Record):
    """The ten most frequent values of id in B minus id in A."""

    __slots__ = ()
    _columns: ClassVar[Columns] = {
        "offset": "int",
        "tokens": "int",
    }

    @property
    def offset(self) -> int:
        """Id in B minus id in A."""
        return self.data["offset"]

    @property
    def tokens(self) -> int:
        """Shared tokens with it."""
        return self.data["tokens"]


class TokenizerLongestRun(Record):
    """Tokens of consecutive ids on both sides; null where none is shared."""

    __slots__ = ()
    _columns: ClassVar[Columns] = {
        "first_id_a": "int",
        "first_id_b": "int",
        "length": "int",
    }

    @property
    def first_id_a(self) -> int:
        """Id of its first token in A."""
        return self.data["first_id_a"]

    @property
    def first_id_b(self) -> int:
        """Id of its first token in B."""
        return self.data["first_id_b"]

    @property
    def length(self) -> int:
        """Tokens."""
        return self.data["length"]


class TokenizerSpecial(Record):
    """Special tokens, as they are written."""

    __slots__ = ()
    _columns: ClassVar[Columns] = {
        "shared": ["text"],
        "only_a": ["text"],
        "only_b": ["text"],
    }

    @property
    def shared(self) -> list[str]:
        """In both."""
        return self.data["shared"]

    @property
    def only_a(self) -> list[str]:
        """In A alone."""
        return self.data["only_a"]

    @property
    def only_b(self) -> list[str]:
        """In B alone."""
        return self.data["only_b"]


class TokenizerRecord(Record):
    """JSON output of ``modelkin tokenizer``, version 1.0."""

    __slots__ = ()
    _columns: ClassVar[Columns] = {
        "schema_version": "text",
        "tool": Tool,
        "a": TokenizerSide,
        "b": TokenizerSide,
        "tokens": TokenizerOverlap,
        "same_id": "int",
        "offsets": [TokenizerOffset],
        "longest_run": TokenizerLongestRun,
        "order_correlation": "float",
        "merges": TokenizerOverlap,
        "merge_rank_correlation": "float",
        "special": TokenizerSpecial,
        "is_evidence_of_derived_weights": "bool",
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
    def a(self) -> TokenizerSide:
        """A's tokenizer."""
        return TokenizerSide(self.data["a"])

    @property
    def b(self) -> TokenizerSide:
        """B's tokenizer."""
        return TokenizerSide(self.data["b"])

    @property
    def tokens(self) -> TokenizerOverlap:
        """By the bytes that they stand for."""
        return TokenizerOverlap(self.data["tokens"])

    @property
    def same_id(self) -> int:
        """Shared tokens with one id in both."""
        return self.data["same_id"]

    @property
    def offsets(self) -> Table[TokenizerOffset]:
        """The ten most frequent values of id in B minus id in A."""
        return Table(self.data["offsets"], TokenizerOffset)

    @property
    def longest_run(self) -> TokenizerLongestRun | None:
        """Tokens of consecutive ids on both sides; null where none is shared."""
        value = self.data["longest_run"]
        return None if value is None else TokenizerLongestRun(value)

    @property
    def order_correlation(self) -> float | None:
        """Spearman's, of the ids of shared tokens; null for fewer than two. From -1 to 1."""
        return self.data["order_correlation"]

    @property
    def merges(self) -> TokenizerOverlap | None:
        """Null if a file has no list of merges."""
        value = self.data["merges"]
        return None if value is None else TokenizerOverlap(value)

    @property
    def merge_rank_correlation(self) -> float | None:
        """Spearman's, of the ranks of shared merges; null for fewer than two. From -1 to 1."""
        return self.data["merge_rank_correlation"]

    @property
    def special(self) -> TokenizerSpecial:
        """Special tokens, as they are written."""
        return TokenizerSpecial(self.data["special"])

    @property
    def is_evidence_of_derived_weights(self) -> Literal[False]:
        """Always false: unrelated models share tokenizers."""
        return self.data["is_evidence_of_derived_weights"]
