"""Types of docs/inspect.schema.json, from which scripts/make-result-types makes them."""

# mypy: disable-error-code=no-any-return
from __future__ import annotations

from typing import ClassVar, Literal

from .._record import Columns, Record, Table
from .shared import Tool

InspectComponentKind = Literal["text", "vision", "audio", "projector", "prediction"]


class InspectComponentSize(Record):
    """Sizes by the family's names; null unless family and config.json give all."""

    __slots__ = ()
    _columns: ClassVar[Columns] = {
        "value": "int",
        "config_key": "text",
    }

    @property
    def value(self) -> int:
        """The size."""
        return self.data["value"]

    @property
    def config_key(self) -> str | None:
        """Null where the family's default or rule gave the value."""
        return self.data["config_key"]


class InspectComponentNamedStack(Record):
    """Layers whose names begin alike, most layers first."""

    __slots__ = ()
    _columns: ClassVar[Columns] = {
        "prefix": "text",
        "layers": "int",
    }

    @property
    def prefix(self) -> str:
        """What their names begin with."""
        return self.data["prefix"]

    @property
    def layers(self) -> int:
        """How many there are."""
        return self.data["layers"]


class InspectComponentNamedUnplaced(Record):
    """Patterns of names that say nothing, most tensors first; at most 200."""

    __slots__ = ()
    _columns: ClassVar[Columns] = {
        "pattern": "text",
        "tensors": "int",
    }

    @property
    def pattern(self) -> str:
        """{L} stands for the layer, {E} for the expert."""
        return self.data["pattern"]

    @property
    def tensors(self) -> int:
        """How many have it."""
        return self.data["tensors"]


class InspectComponentNamed(Record):
    """What names alone say of it; null where the family is known and tensors are stored."""

    __slots__ = ()
    _columns: ClassVar[Columns] = {
        "stacks": [InspectComponentNamedStack],
        "experts": "int",
        "mlps": "any",
        "tensors": "any",
        "unplaced": [InspectComponentNamedUnplaced],
    }

    @property
    def stacks(self) -> Table[InspectComponentNamedStack]:
        """Layers whose names begin alike, most layers first."""
        return Table(self.data["stacks"], InspectComponentNamedStack)

    @property
    def experts(self) -> int:
        """Numbers of experts that occur; 0 without experts of their own names."""
        return self.data["experts"]

    @property
    def mlps(self) -> dict[str, Literal["not_told", "plain", "gated", "gated_in_one"]]:
        """By the module's name: of which matrices the MLPs are."""
        return self.data["mlps"]

    @property
    def tensors(self) -> dict[str, int]:
        """Tensors by the module's name; other: names that say nothing."""
        return self.data["tensors"]

    @property
    def unplaced(self) -> Table[InspectComponentNamedUnplaced]:
        """Patterns of names that say nothing, most tensors first; at most 200."""
        return Table(self.data["unplaced"], InspectComponentNamedUnplaced)


class InspectComponent(Record):
    """The models that the checkpoint holds, the text model first. What follows is of the first;
    parameters, memory and findings are of all.
    """

    __slots__ = ()
    _columns: ClassVar[Columns] = {
        "component": "text",
        "prefix": "text",
        "model_type": "text",
        "family": "text",
        "sizes": "any",
        "tensors": "int",
        "bytes": "int",
        "parameters": "int",
        "parts": "any",
        "expected_by_config": "int",
        "named": InspectComponentNamed,
    }

    @property
    def component(self) -> InspectComponentKind:
        """Which of the models that a checkpoint holds: text, an encoder of images or sound, what joins
        them, or heads that predict further tokens.
        """
        return self.data["component"]

    @property
    def prefix(self) -> str:
        """What names of all its tensors begin with; empty where they have no such beginning in common."""
        return self.data["prefix"]

    @property
    def model_type(self) -> str | None:
        """Of its part of config.json; null where that has none."""
        return self.data["model_type"]

    @property
    def family(self) -> str | None:
        """Name in docs/families.md; null if unknown."""
        return self.data["family"]

    @property
    def sizes(self) -> dict[str, InspectComponentSize] | None:
        """Sizes by the family's names; null unless family and config.json give all."""
        value = self.data["sizes"]
        return None if value is None else {name: InspectComponentSize(value) for name, value in value.items()}

    @property
    def tensors(self) -> int:
        """Its tensors."""
        return self.data["tensors"]

    @property
    def bytes(self) -> int | None:
        """Stored, or expected by config.json; null if neither is known."""
        return self.data["bytes"]

    @property
    def parameters(self) -> int | None:
        """Stored, or expected; null where neither is known."""
        return self.data["parameters"]

    @property
    def parts(self) -> dict[str, int] | None:
        """Parameters by the module's name; null where they are not known."""
        return self.data["parts"]

    @property
    def expected_by_config(self) -> int | None:
        """Parameters that config.json and the family lead to; null where they do not say."""
        return self.data["expected_by_config"]

    @property
    def named(self) -> InspectComponentNamed | None:
        """What names alone say of it; null where the family is known and tensors are stored."""
        value = self.data["named"]
        return None if value is None else InspectComponentNamed(value)


class InspectArchitectureSize(Record):
    """Sizes by the family's names: layers, residual, experts."""

    __slots__ = ()
    _columns: ClassVar[Columns] = {
        "value": "int",
        "config_key": "text",
    }

    @property
    def value(self) -> int:
        """The size."""
        return self.data["value"]

    @property
    def config_key(self) -> str | None:
        """Null where the family's default or rule gave the value."""
        return self.data["config_key"]


class InspectArchitecture(Record):
    """Null unless family and config.json give all sizes."""

    __slots__ = ()
    _columns: ClassVar[Columns] = {
        "sizes": "any",
        "flags": ["text"],
        "norm": "text",
        "attention": "text",
        "router": "text",
        "rotary_dims": "int",
        "rotary_theta": "float",
        "rotary_scaling": "text",
        "window": "int",
        "windowed_layers": "int",
    }

    @property
    def sizes(self) -> dict[str, InspectArchitectureSize]:
        """Sizes by the family's names: layers, residual, experts."""
        return {name: InspectArchitectureSize(value) for name, value in self.data["sizes"].items()}

    @property
    def flags(self) -> list[str]:
        """What the architecture has: attention biases, tied embeddings."""
        return self.data["flags"]

    @property
    def norm(self) -> str:
        """The kind of norm."""
        return self.data["norm"]

    @property
    def attention(self) -> str:
        """The kind of attention."""
        return self.data["attention"]

    @property
    def router(self) -> str | None:
        """The kind of router; null without experts."""
        return self.data["router"]

    @property
    def rotary_dims(self) -> int:
        """Of a head; 0 without rotary embedding."""
        return self.data["rotary_dims"]

    @property
    def rotary_theta(self) -> float | None:
        """Base of the rotary frequencies; null without."""
        return self.data["rotary_theta"]

    @property
    def rotary_scaling(self) -> str | None:
        """How they are scaled for long texts; null for not at all."""
        return self.data["rotary_scaling"]

    @property
    def window(self) -> int | None:
        """Tokens that windowed layers attend to."""
        return self.data["window"]

    @property
    def windowed_layers(self) -> int:
        """Layers that attend to a window."""
        return self.data["windowed_layers"]


InspectParametersByLayerKind = Literal["dense", "mixture of experts", "multi-token prediction", "no MLP"]


class InspectParametersByLayer(Record):
    """Runs of layers of one kind and as many parameters."""

    __slots__ = ()
    _columns: ClassVar[Columns] = {
        "first": "int",
        "last": "int",
        "kind": "text",
        "parameters_each": "int",
    }

    @property
    def first(self) -> int:
        """The run's first layer."""
        return self.data["first"]

    @property
    def last(self) -> int:
        """The run's last layer."""
        return self.data["last"]

    @property
    def kind(self) -> InspectParametersByLayerKind:
        """What the layers are."""
        return self.data["kind"]

    @property
    def parameters_each(self) -> int:
        """Parameters of each of them."""
        return self.data["parameters_each"]


class InspectParametersExpectedByConfig(Record):
    """What config.json and the family lead to; null where they do not say."""

    __slots__ = ()
    _columns: ClassVar[Columns] = {
        "total": "int",
        "by_component": "any",
    }

    @property
    def total(self) -> int:
        """All of them."""
        return self.data["total"]

    @property
    def by_component(self) -> dict[str, int]:
        """By the module's name: embedding, attention, dense_mlp."""
        return self.data["by_component"]


class InspectParameters(Record):
    """Null where there are no tensors and config.json gives no sizes."""

    __slots__ = ()
    _columns: ClassVar[Columns] = {
        "source": "text",
        "total": "int",
        "without_multi_token_prediction": "int",
        "active": "int",
        "active_without_embedding": "int",
        "active_without_embedding_and_head": "int",
        "by_component": "any",
        "by_layer": [InspectParametersByLayer],
        "expected_by_config": InspectParametersExpectedByConfig,
    }

    @property
    def source(self) -> Literal["tensors", "config"]:
        """Stored tensors, or config.json where there are none but names."""
        return self.data["source"]

    @property
    def total(self) -> int:
        """All of them."""
        return self.data["total"]

    @property
    def without_multi_token_prediction(self) -> int:
        """Without layers that predict tokens further on."""
        return self.data["without_multi_token_prediction"]

    @property
    def active(self) -> int | None:
        """Per token, embedding and head included; null if unknown."""
        return self.data["active"]

    @property
    def active_without_embedding(self) -> int | None:
        """The same without the embedding; null if unknown."""
        return self.data["active_without_embedding"]

    @property
    def active_without_embedding_and_head(self) -> int | None:
        """And without the head; null if unknown."""
        return self.data["active_without_embedding_and_head"]

    @property
    def by_component(self) -> dict[str, int]:
        """By the module's name: embedding, attention, dense_mlp."""
        return self.data["by_component"]

    @property
    def by_layer(self) -> Table[InspectParametersByLayer]:
        """Runs of layers of one kind and as many parameters."""
        return Table(self.data["by_layer"], InspectParametersByLayer)

    @property
    def expected_by_config(self) -> InspectParametersExpectedByConfig | None:
        """What config.json and the family lead to; null where they do not say."""
        value = self.data["expected_by_config"]
        return None if value is None else InspectParametersExpectedByConfig(value)


class InspectMemoryByDtype(Record):
    """By type, or by the form that weights are decoded from ("Q4_K"); bytes with scales and the like."""

    __slots__ = ()
    _columns: ClassVar[Columns] = {
        "tensors": "int",
        "elements": "int",
        "bytes": "int",
        "components": ["text"],
    }

    @property
    def tensors(self) -> int:
        """Tensors of the type."""
        return self.data["tensors"]

    @property
    def elements(self) -> int:
        """Their elements."""
        return self.data["elements"]

    @property
    def bytes(self) -> int:
        """Their bytes, with scales and the like."""
        return self.data["bytes"]

    @property
    def components(self) -> list[str]:
        """That it occurs in."""
        return self.data["components"]


class InspectMemory(Record):
    """What weights and the cache of keys and values take up."""

    __slots__ = ()
    _columns: ClassVar[Columns] = {
        "weight_bytes": "int",
        "bits_per_weight": "float",
        "mix": "text",
        "by_dtype": "any",
        "key_value_bytes_per_value": "int",
        "key_value_bytes_per_token": "int",
        "key_value_bytes_at_full_context": "int",
    }

    @property
    def weight_bytes(self) -> int | None:
        """Stored, or expected by config.json; null if neither is known, as where config.json speaks of
        quantisation.
        """
        return self.data["weight_bytes"]

    @property
    def bits_per_weight(self) -> float | None:
        """Of all that is stored; scales and the like count as bits, not as weights. Null without weights."""
        return self.data["bits_per_weight"]

    @property
    def mix(self) -> str | None:
        """llama.cpp's name of the mix of types that a GGUF file says it has ("Q4_K_M"), where the types
        fit it.
        """
        return self.data["mix"]

    @property
    def by_dtype(self) -> dict[str, InspectMemoryByDtype]:
        """By type, or by the form that weights are decoded from ("Q4_K"); bytes with scales and the like."""
        return {name: InspectMemoryByDtype(value) for name, value in self.data["by_dtype"].items()}

    @property
    def key_value_bytes_per_value(self) -> int | None:
        """Of the type that config.json names; 2 where it names none. Null without config.json's sizes."""
        return self.data["key_value_bytes_per_value"]

    @property
    def key_value_bytes_per_token(self) -> int | None:
        """0 if the model keeps none; null without config.json's sizes."""
        return self.data["key_value_bytes_per_token"]

    @property
    def key_value_bytes_at_full_context(self) -> int | None:
        """Null as well where config.json names no length."""
        return self.data["key_value_bytes_at_full_context"]


InspectFindingKind = Literal[
    "no_config",
    "unknown_family",
    "bad_value",
    "contradiction",
    "unexplained_tensor",
    "missing_tensor",
    "unused_value",
    "note",
]


class InspectFinding(Record):
    """Contradictions between config.json and tensors, and what is odd."""

    __slots__ = ()
    _columns: ClassVar[Columns] = {
        "kind": "text",
        "message": "text",
        "config_key": "text",
        "config_value": "text",
        "tensor": "text",
        "tensor_value": "text",
        "tensors": "int",
    }

    @property
    def kind(self) -> InspectFindingKind:
        """Of what kind it is."""
        return self.data["kind"]

    @property
    def message(self) -> str:
        """What was found, in a line."""
        return self.data["message"]

    @property
    def config_key(self) -> str | None:
        """The key of config.json that it is about; null for none."""
        return self.data["config_key"]

    @property
    def config_value(self) -> str | None:
        """What config.json says."""
        return self.data["config_value"]

    @property
    def tensor(self) -> str | None:
        """One that it holds for."""
        return self.data["tensor"]

    @property
    def tensor_value(self) -> str | None:
        """What the tensors say."""
        return self.data["tensor_value"]

    @property
    def tensors(self) -> int:
        """How many it holds for."""
        return self.data["tensors"]


class InspectRecord(Record):
    """JSON output of ``modelkin inspect``, version 1.3."""

    __slots__ = ()
    _columns: ClassVar[Columns] = {
        "schema_version": "text",
        "tool": Tool,
        "model": "text",
        "model_type": "text",
        "family": "text",
        "inferred": "bool",
        "names_only": "bool",
        "tensors": "int",
        "components": [InspectComponent],
        "architecture": InspectArchitecture,
        "parameters": InspectParameters,
        "memory": InspectMemory,
        "findings": [InspectFinding],
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
    def model(self) -> str:
        """As the user named it."""
        return self.data["model"]

    @property
    def model_type(self) -> str | None:
        """From config.json; null without one."""
        return self.data["model_type"]

    @property
    def family(self) -> str | None:
        """Name in docs/families.md; null if unknown."""
        return self.data["family"]

    @property
    def inferred(self) -> bool:
        """Whether modules are guessed from names, because the family is unknown."""
        return self.data["inferred"]

    @property
    def names_only(self) -> bool:
        """Whether there is an index of shards and none of them: tensors are known by name alone, and
        parameters are what config.json says.
        """
        return self.data["names_only"]

    @property
    def tensors(self) -> int:
        """Tensors of the model."""
        return self.data["tensors"]

    @property
    def components(self) -> Table[InspectComponent]:
        """The models that the checkpoint holds, the text model first. What follows is of the first;
        parameters, memory and findings are of all.
        """
        return Table(self.data["components"], InspectComponent)

    @property
    def architecture(self) -> InspectArchitecture | None:
        """Null unless family and config.json give all sizes."""
        value = self.data["architecture"]
        return None if value is None else InspectArchitecture(value)

    @property
    def parameters(self) -> InspectParameters | None:
        """Null where there are no tensors and config.json gives no sizes."""
        value = self.data["parameters"]
        return None if value is None else InspectParameters(value)

    @property
    def memory(self) -> InspectMemory:
        """What weights and the cache of keys and values take up."""
        return InspectMemory(self.data["memory"])

    @property
    def findings(self) -> Table[InspectFinding]:
        """Contradictions between config.json and tensors, and what is odd."""
        return Table(self.data["findings"], InspectFinding)
