"""Types of docs/verify.schema.json, from which scripts/make-result-types makes them."""

# mypy: disable-error-code=no-any-return
from __future__ import annotations

from typing import ClassVar, Literal

from .._record import Columns, Record, Table


class VerifyDifference(Record):
    """The first 50 of the different."""

    __slots__ = ()
    _columns: ClassVar[Columns] = {
        "place": "text",
        "recorded": "text",
        "computed": "text",
    }

    @property
    def place(self) -> str:
        """Such as tensors[3].cosine_similarity."""
        return self.data["place"]

    @property
    def recorded(self) -> str:
        """The file's value, as JSON; empty where it has none."""
        return self.data["recorded"]

    @property
    def computed(self) -> str:
        """The value that was computed again, as JSON; empty where there is none."""
        return self.data["computed"]


class VerifyAttestationSubject(Record):
    """What it is about, as it says itself."""

    __slots__ = ()
    _columns: ClassVar[Columns] = {
        "name": "text",
        "digest": "any",
    }

    @property
    def name(self) -> str:
        """A name that proves nothing."""
        return self.data["name"]

    @property
    def digest(self) -> dict[str, str]:
        """By algorithm, such as sha256."""
        return self.data["digest"]


VerifyAttestationSignature = Literal["none", "not_checked", "holds", "other_key", "broken", "certificate"]


class VerifyAttestationModel(Record):
    """The models that it names beside those that are there now."""

    __slots__ = ()
    _columns: ClassVar[Columns] = {
        "id": "text",
        "holds": "bool",
        "equal": "int",
        "changed": ["text"],
        "missing": ["text"],
        "new": ["text"],
        "not_compared": "text",
    }

    @property
    def id(self) -> str:
        """a or b; model of a signature of model signing."""
        return self.data["id"]

    @property
    def holds(self) -> bool | None:
        """Whether it is the same; null where that was not compared."""
        return self.data["holds"]

    @property
    def equal(self) -> int:
        """Files that are the same."""
        return self.data["equal"]

    @property
    def changed(self) -> list[str]:
        """Files of other bytes."""
        return self.data["changed"]

    @property
    def missing(self) -> list[str]:
        """Files that are not there."""
        return self.data["missing"]

    @property
    def new(self) -> list[str]:
        """Files that it does not name."""
        return self.data["new"]

    @property
    def not_compared(self) -> str | None:
        """Why files were not compared; null where they were."""
        return self.data["not_compared"]


class VerifyAttestation(Record):
    """Of an attestation: which of the two holds, the signature or the evidence; null of other results."""

    __slots__ = ()
    _columns: ClassVar[Columns] = {
        "form": "text",
        "predicate_type": "text",
        "subject": VerifyAttestationSubject,
        "subjects": "int",
        "made_by": "text",
        "signature": "text",
        "signatures": "int",
        "key": "text",
        "key_algorithm": "text",
        "signature_holds": "bool",
        "evidence_holds": "bool",
        "evidence_unknown": "text",
        "models": [VerifyAttestationModel],
        "exit_code": "int",
    }

    @property
    def form(self) -> Literal["statement", "dsse_envelope", "sigstore_bundle"]:
        """How the statement lies in the file. sigstore_bundle: what model signing writes."""
        return self.data["form"]

    @property
    def predicate_type(self) -> str:
        """What kind of thing it says: https://modelkin/attestation/v1 is ours,
        https://model_signing/signature/v1.0 model signing's.
        """
        return self.data["predicate_type"]

    @property
    def subject(self) -> VerifyAttestationSubject:
        """What it is about, as it says itself."""
        return VerifyAttestationSubject(self.data["subject"])

    @property
    def subjects(self) -> int:
        """How many it is about; of ours the others are the first's files."""
        return self.data["subjects"]

    @property
    def made_by(self) -> str | None:
        """The program that wrote it, as it says itself; null where it does not."""
        return self.data["made_by"]

    @property
    def signature(self) -> VerifyAttestationSignature:
        """none: the file is not signed. not_checked: no key was given. holds: made by the key over these
        bytes. other_key: it names another key. broken: made over other bytes, or by a key that it does
        not name. certificate: nothing that a key alone can check.
        """
        return self.data["signature"]

    @property
    def signatures(self) -> int:
        """How many the file has."""
        return self.data["signatures"]

    @property
    def key(self) -> str | None:
        """What the given key is called in signatures; null where none was given."""
        return self.data["key"]

    @property
    def key_algorithm(self) -> str | None:
        """Of the given key."""
        return self.data["key_algorithm"]

    @property
    def signature_holds(self) -> bool | None:
        """Whether it is by the given key; null where none was given."""
        return self.data["signature_holds"]

    @property
    def evidence_holds(self) -> bool | None:
        """Whether all that it says comes out again; null where that is not known."""
        return self.data["evidence_holds"]

    @property
    def evidence_unknown(self) -> str | None:
        """Why that is not known; null where it is."""
        return self.data["evidence_unknown"]

    @property
    def models(self) -> Table[VerifyAttestationModel]:
        """The models that it names beside those that are there now."""
        return Table(self.data["models"], VerifyAttestationModel)

    @property
    def exit_code(self) -> int:
        """The program's: 0 where all that was asked for holds, 1 where the evidence does not, 5 where the
        signature does not, 6 where neither does, 2 to 4 where the evidence could not be computed.
        """
        return self.data["exit_code"]


class VerifyRecord(Record):
    """Values of a file of results beside those of the same request made again."""

    __slots__ = ()
    _columns: ClassVar[Columns] = {
        "confirmed": "bool",
        "equal": "int",
        "close": "int",
        "different": "int",
        "differences": [VerifyDifference],
        "attestation": VerifyAttestation,
    }

    @property
    def confirmed(self) -> bool:
        """Whether no value differs; else the program's exit code is 1."""
        return self.data["confirmed"]

    @property
    def equal(self) -> int:
        """Values that are the same."""
        return self.data["equal"]

    @property
    def close(self) -> int:
        """Numbers that are as near as another order of summation leaves them: docs/numerics.md."""
        return self.data["close"]

    @property
    def different(self) -> int:
        """Values that differ, or that one side lacks."""
        return self.data["different"]

    @property
    def differences(self) -> Table[VerifyDifference]:
        """The first 50 of the different."""
        return Table(self.data["differences"], VerifyDifference)

    @property
    def attestation(self) -> VerifyAttestation | None:
        """Of an attestation: which of the two holds, the signature or the evidence; null of other results."""
        value = self.data["attestation"]
        return None if value is None else VerifyAttestation(value)
