"""Types of docs/find.schema.json, from which scripts/make-result-types makes them."""

# mypy: disable-error-code=no-any-return
from __future__ import annotations

from typing import Any, ClassVar, Literal

from .._record import Columns, Record, Table
from .shared import Tool

FindModelBitsComponent = Literal["text", "vision", "audio", "projector", "prediction"]


class FindModelBits(Record):
    """What the bits have in common; null where they did not nominate it."""

    __slots__ = ()
    _columns: ClassVar[Columns] = {
        "component": "text",
        "agreements": "int",
        "bits": "int",
        "log10_p": "float",
        "cosine": "float",
        "cosine_low": "float",
        "cosine_high": "float",
        "layers": "int",
        "layers_matched": "int",
    }

    @property
    def component(self) -> FindModelBitsComponent:
        """Whose bits agree: text, vision, audio, projector or prediction."""
        return self.data["component"]

    @property
    def agreements(self) -> int:
        """Bits that agree."""
        return self.data["agreements"]

    @property
    def bits(self) -> int:
        """Bits that were compared."""
        return self.data["bits"]

    @property
    def log10_p(self) -> float:
        """Between strangers, of this pair alone, as log10. At most 0."""
        return self.data["log10_p"]

    @property
    def cosine(self) -> float:
        """What agreements say of the cosine of the projected weights in place."""
        return self.data["cosine"]

    @property
    def cosine_low(self) -> float:
        """The lower end of its interval at 95 %."""
        return self.data["cosine_low"]

    @property
    def cosine_high(self) -> float:
        """The upper end."""
        return self.data["cosine_high"]

    @property
    def layers(self) -> int:
        """The model's layers whose bits are known."""
        return self.data["layers"]

    @property
    def layers_matched(self) -> int:
        """Those whose bits agree with those of a layer of the other. An estimate without an error rate:
        nothing is decided by it.
        """
        return self.data["layers_matched"]


FindModelVerdictCategory = Literal["identical", "derived", "shares_material", "no_evidence", "not_comparable"]


FindModelVerdictShared = Literal[
    "common_initialisation",
    "copied_tensors",
    "part_of_the_model",
    "component_taken",
]


class FindModelVerdict(Record):
    """What trace decided; null where it was not traced."""

    __slots__ = ()
    _columns: ClassVar[Columns] = {
        "category": "text",
        "shared": "text",
        "share": "float",
        "log10_p_adjusted": "float",
        "without_attention_outputs": "bool",
    }

    @property
    def category(self) -> FindModelVerdictCategory:
        """The verdict of trace, A being the model of the atlas and B the model that was asked for."""
        return self.data["category"]

    @property
    def shared(self) -> FindModelVerdictShared | None:
        """Of shares_material, what is shared; null where that is not known to be one of these."""
        return self.data["shared"]

    @property
    def share(self) -> float | None:
        """Of the model's parameters, those that go back to the other: of its MLPs, else of its layers;
        null where that can't be told. From 0 to 1.
        """
        return self.data["share"]

    @property
    def log10_p_adjusted(self) -> float | None:
        """Of the strongest test, corrected for the number of tests of this trace; null where no test was
        strong. At most 0.
        """
        return self.data["log10_p_adjusted"]

    @property
    def without_attention_outputs(self) -> bool:
        """Whether attention outputs, whose bits had nominated it, were left out of the trace."""
        return self.data["without_attention_outputs"]


class FindModel(Record):
    """The answer."""

    __slots__ = ()
    _columns: ClassVar[Columns] = {
        "model": "text",
        "location": "text",
        "family": "text",
        "base_models": ["text"],
        "nominated_by": "text",
        "bits": FindModelBits,
        "profile_difference": "float",
        "vocabulary_overlap": "float",
        "untrained_agreements": "int",
        "verdict": FindModelVerdict,
        "untraced": "text",
    }

    @property
    def model(self) -> str:
        """What the atlas calls it."""
        return self.data["model"]

    @property
    def location(self) -> str:
        """Where it is."""
        return self.data["location"]

    @property
    def family(self) -> str:
        """model_type of its config.json; empty where there is none."""
        return self.data["family"]

    @property
    def base_models(self) -> list[str]:
        """That its card declares."""
        return self.data["base_models"]

    @property
    def nominated_by(self) -> Literal["bits", "profile"]:
        """bits: agreement beyond that of strangers. profile: norms and spectra are among the nearest,
        which proves nothing.
        """
        return self.data["nominated_by"]

    @property
    def bits(self) -> FindModelBits | None:
        """What the bits have in common; null where they did not nominate it."""
        value = self.data["bits"]
        return None if value is None else FindModelBits(value)

    @property
    def profile_difference(self) -> float | None:
        """Mean difference of the codes of norms and spectra, layer by layer; null where bits nominated it."""
        return self.data["profile_difference"]

    @property
    def vocabulary_overlap(self) -> float | None:
        """Of the two tokenizers, the share of their tokens that both have, as far as 128 hashes tell; null
        where one is not known. From 0 to 1.
        """
        return self.data["vocabulary_overlap"]

    @property
    def untrained_agreements(self) -> int | None:
        """Of the 512 bits of the embedding's rows of bytes that no text has, those that agree; null where
        one of the two has none. From 0 to 512.
        """
        return self.data["untrained_agreements"]

    @property
    def verdict(self) -> FindModelVerdict | None:
        """What trace decided; null where it was not traced."""
        value = self.data["verdict"]
        return None if value is None else FindModelVerdict(value)

    @property
    def untraced(self) -> str | None:
        """Why it was not traced; null where it was."""
        return self.data["untraced"]


class FindRecord(Record):
    """JSON output of ``modelkin atlas find``, version 1.0."""

    __slots__ = ()
    _columns: ClassVar[Columns] = {
        "schema_version": "text",
        "tool": Tool,
        "atlas": "text",
        "model": "text",
        "location": "text",
        "content": "text",
        "sentence": "text",
        "power": "text",
        "error_rate": "float",
        "records": "int",
        "comparable": "int",
        "comparisons": "int",
        "least_agreements": "int",
        "found_cosine": "float",
        "nominated_by_bits": "int",
        "relatives": [FindModel],
        "others": [FindModel],
        "run": "any",
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
    def atlas(self) -> str:
        """The atlas, as the user named it."""
        return self.data["atlas"]

    @property
    def model(self) -> str:
        """The model, as the user named it."""
        return self.data["model"]

    @property
    def location(self) -> str:
        """Where the model is: its commit at a hub, or its absolute path."""
        return self.data["location"]

    @property
    def content(self) -> str:
        """SHA-256 of the digests of its headers and of the values that were projected."""
        return self.data["content"]

    @property
    def sentence(self) -> str:
        """The answer in words."""
        return self.data["sentence"]

    @property
    def power(self) -> str:
        """What would have been nominated, in words."""
        return self.data["power"]

    @property
    def error_rate(self) -> float:
        """The chance, at most, that any stranger of the atlas comes to be among `relatives`. It is not the
        chance that one of them is a stranger. At most 0.5.
        """
        return self.data["error_rate"]

    @property
    def records(self) -> int:
        """Models in the atlas."""
        return self.data["records"]

    @property
    def comparable(self) -> int:
        """Components of these whose bits could be compared."""
        return self.data["comparable"]

    @property
    def comparisons(self) -> int:
        """What the error rate was divided by: the atlas's models times the model's components."""
        return self.data["comparisons"]

    @property
    def least_agreements(self) -> int | None:
        """Bits that had to agree in a model of as many effective values as this one; null where no bits
        were compared.
        """
        return self.data["least_agreements"]

    @property
    def found_cosine(self) -> float | None:
        """The cosine of weights in place that would have been nominated with a probability of 0.95."""
        return self.data["found_cosine"]

    @property
    def nominated_by_bits(self) -> int:
        """Models that bits nominated; of many, the best are listed."""
        return self.data["nominated_by_bits"]

    @property
    def relatives(self) -> Table[FindModel]:
        """The answer."""
        return Table(self.data["relatives"], FindModel)

    @property
    def others(self) -> Table[FindModel]:
        """Models that were nominated and are not in the answer: found to be no relatives with enough
        certainty, or not traced.
        """
        return Table(self.data["others"], FindModel)

    @property
    def run(self) -> dict[str, Any]:
        """How the numbers were made; the only part that may differ between runs on the same inputs."""
        return self.data["run"]
