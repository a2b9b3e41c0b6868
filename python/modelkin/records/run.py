"""Types of docs/run.schema.json, from which scripts/make-result-types makes them."""

# mypy: disable-error-code=no-any-return
from __future__ import annotations

from typing import Any, ClassVar

from .._record import Columns, Indices, Matrix, Record, Table, _array
from .shared import Input, Tool


class RunTextNext(Record):
    """The likeliest next tokens, the likeliest first; none of an encoder."""

    __slots__ = ()
    _columns: ClassVar[Columns] = {
        "id": "int",
        "token": "text",
        "logit": "float",
        "probability": "float",
    }

    @property
    def id(self) -> int:
        """The token's id."""
        return self.data["id"]

    @property
    def token(self) -> str | None:
        """What it stands for; null where nothing says."""
        return self.data["token"]

    @property
    def logit(self) -> float:
        """The head's output."""
        return self.data["logit"]

    @property
    def probability(self) -> float:
        """Softmax over the whole vocabulary. From 0 to 1."""
        return self.data["probability"]


class RunText(Record):
    """One text, as the model reads it, and what it expects next."""

    __slots__ = ()
    _columns: ClassVar[Columns] = {
        "text": "text",
        "ids": ["int"],
        "tokens": ["text"],
        "next": [RunTextNext],
        "generated_ids": ["int"],
        "generated_text": "text",
        "embedding": ["float"],
    }

    @property
    def text(self) -> str | None:
        """As given; null where ids were."""
        return self.data["text"]

    @property
    def ids(self) -> list[int]:
        """Token ids."""
        return self.data["ids"]

    @property
    def tokens(self) -> list[str] | None:
        """What each id stands for; null where nothing says."""
        return self.data["tokens"]

    @property
    def next(self) -> Table[RunTextNext]:
        """The likeliest next tokens, the likeliest first; none of an encoder."""
        return Table(self.data["next"], RunTextNext)

    @property
    def generated_ids(self) -> list[int]:
        """With --generate: the tokens that were added, each the likeliest."""
        return self.data["generated_ids"]

    @property
    def generated_text(self) -> str | None:
        """What generated_ids stand for; null where nothing says."""
        return self.data["generated_text"]

    @property
    def embedding(self) -> list[float] | None:
        """Of an encoder: the mean of the text's rows, of length 1."""
        return self.data["embedding"]


class RunImage(Record):
    """One image, as the encoder takes it, and what it makes of it."""

    __slots__ = ()
    _columns: ClassVar[Columns] = {
        "file": "text",
        "frames": "int",
        "rows": "int",
        "columns": "int",
        "final_rms": "float",
        "pooled_rows": "int",
        "pooled_rms": "float",
        "embedding": ["float"],
    }

    @property
    def file(self) -> str:
        """That it is of, as given."""
        return self.data["file"]

    @property
    def frames(self) -> int:
        """Of its patches; 1 of what does not move."""
        return self.data["frames"]

    @property
    def rows(self) -> int:
        """Of patches in a frame."""
        return self.data["rows"]

    @property
    def columns(self) -> int:
        """Of patches in a frame."""
        return self.data["columns"]

    @property
    def final_rms(self) -> float:
        """Root mean square of its states after the last norm."""
        return self.data["final_rms"]

    @property
    def pooled_rows(self) -> int:
        """How many rows of `pooled` are its; 0 where it is handed on as its last states."""
        return self.data["pooled_rows"]

    @property
    def pooled_rms(self) -> float | None:
        """Root mean square of these rows; null where there are none."""
        return self.data["pooled_rms"]

    @property
    def embedding(self) -> list[float]:
        """The mean of what is handed on of it, of length 1."""
        return self.data["embedding"]


class RunRouter(Record):
    """What the experts of a layer were chosen for."""

    __slots__ = ()
    _columns: ClassVar[Columns] = {
        "experts": "int",
        "experts_per_token": "int",
        "choices": [["int"]],
        "weights": [["float"]],
        "load": ["int"],
        "effective_experts": "float",
        "near_ties": "int",
    }

    @property
    def experts(self) -> int:
        """Experts of the layer."""
        return self.data["experts"]

    @property
    def experts_per_token(self) -> int:
        """Experts chosen for a token."""
        return self.data["experts_per_token"]

    @property
    def choices(self) -> Indices:
        """For each token its experts, the largest weight first."""
        return _array(self.data["choices"], int)

    @property
    def weights(self) -> Matrix:
        """Of the choices."""
        return _array(self.data["weights"], float)

    @property
    def load(self) -> list[int]:
        """For each expert the number of tokens that chose it."""
        return self.data["load"]

    @property
    def effective_experts(self) -> float:
        """exp of the entropy of loads: the number of experts in use, were all used alike."""
        return self.data["effective_experts"]

    @property
    def near_ties(self) -> int:
        """Tokens whose last chosen expert and best other one score alike up to 1e-5: another order of sums
        may choose otherwise.
        """
        return self.data["near_ties"]


class RunLayer(Record):
    """A row a layer."""

    __slots__ = ()
    _columns: ClassVar[Columns] = {
        "layer": "int",
        "hidden_rms": "float",
        "router": RunRouter,
    }

    @property
    def layer(self) -> int:
        """Its number."""
        return self.data["layer"]

    @property
    def hidden_rms(self) -> float:
        """As embedding_rms, where the stream leaves the layer."""
        return self.data["hidden_rms"]

    @property
    def router(self) -> RunRouter | None:
        """Null for a layer without experts."""
        value = self.data["router"]
        return None if value is None else RunRouter(value)


class RunDeepstack(Record):
    """With --arrays, of an encoder that hands on more than its last states: what is made of those of some
    layers.
    """

    __slots__ = ()
    _columns: ClassVar[Columns] = {
        "layer": "int",
        "rows": [["float"]],
    }

    @property
    def layer(self) -> int:
        """Whose states these are of."""
        return self.data["layer"]

    @property
    def rows(self) -> Matrix:
        """As many as `pooled` has."""
        return _array(self.data["rows"], float)


class RunRecord(Record):
    """JSON output of ``modelkin run``, version 1.1."""

    __slots__ = ()
    _columns: ClassVar[Columns] = {
        "schema_version": "text",
        "tool": Tool,
        "inputs": [Input],
        "family": "text",
        "texts": [RunText],
        "images": [RunImage],
        "cosines": [["float"]],
        "embedding_rms": "float",
        "layers": [RunLayer],
        "hidden": [[["float"]]],
        "final": [["float"]],
        "logits": [["float"]],
        "pooled": [["float"]],
        "deepstack": [RunDeepstack],
        "notes": ["text"],
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
    def inputs(self) -> Table[Input]:
        """The model; as in results.schema.json."""
        return Table(self.data["inputs"], Input)

    @property
    def family(self) -> str:
        """Name in docs/families.md."""
        return self.data["family"]

    @property
    def texts(self) -> Table[RunText]:
        """Those of --text, then of --texts, then of --ids; none of a run on images."""
        return Table(self.data["texts"], RunText)

    @property
    def images(self) -> Table[RunImage]:
        """Those of --image, in order of the files and in them; none of a run on texts."""
        return Table(self.data["images"], RunImage)

    @property
    def cosines(self) -> Matrix | None:
        """Of the embeddings of each two images; null of fewer than two, and of more than 1,000."""
        value = self.data["cosines"]
        return None if value is None else _array(value, float)

    @property
    def embedding_rms(self) -> float:
        """Root mean square of the residual stream as it enters the first layer, over all tokens of all
        texts, or patches of all images.
        """
        return self.data["embedding_rms"]

    @property
    def layers(self) -> Table[RunLayer]:
        """A row a layer."""
        return Table(self.data["layers"], RunLayer)

    @property
    def hidden(self) -> Matrix:
        """With --arrays, else empty: the residual stream as it enters the first layer and leaves each; a
        row a token, one text after the other, or a row a patch.
        """
        return _array(self.data["hidden"], float, dimensions=3)

    @property
    def final(self) -> Matrix | None:
        """With --arrays: after the last norm."""
        value = self.data["final"]
        return None if value is None else _array(value, float)

    @property
    def logits(self) -> Matrix | None:
        """With --arrays; null for an encoder."""
        value = self.data["logits"]
        return None if value is None else _array(value, float)

    @property
    def pooled(self) -> Matrix | None:
        """With --arrays, of an encoder of images: what it hands on, a row an image or a row for each few
        patches that it joins, one image after the other; null where that is `final`.
        """
        value = self.data["pooled"]
        return None if value is None else _array(value, float)

    @property
    def deepstack(self) -> Table[RunDeepstack]:
        """With --arrays, of an encoder that hands on more than its last states: what is made of those of
        some layers.
        """
        return Table(self.data["deepstack"], RunDeepstack)

    @property
    def notes(self) -> list[str]:
        """Lines on what is odd or left out."""
        return self.data["notes"]

    @property
    def run(self) -> dict[str, Any]:
        """How the numbers were made; the only part that may differ between runs on the same inputs."""
        return self.data["run"]
