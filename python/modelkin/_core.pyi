from collections.abc import Mapping, Sequence

version: str = "0.1.0"

def end_requests() -> None: ...
def program(arguments: Sequence[str]) -> int: ...
def arrow_stream(rows: bytes, columns: bytes) -> object: ...

class Array:
    def __init__(self, name: str, dtype: str, shape: Sequence[int], address: int, bytes: int) -> None: ...

class Call:
    def __init__(
        self, arguments: Sequence[str], threads: int, progress: object | None, keeps_blocks: bool
    ) -> None: ...

class OpenedModel:
    @property
    def path(self) -> str: ...
    @property
    def family(self) -> str: ...
    def config_text(self) -> str | None: ...
    @property
    def names(self) -> list[str]: ...
    @property
    def warnings(self) -> list[str]: ...
    def tensor_rows(self) -> str: ...
    def inspection(self) -> tuple[str, str]: ...
    def read(self, name: str, as_words: bool) -> tuple[object, str]: ...

def open(call: Call, location: str, options: OpenOptions) -> OpenedModel: ...
def add_live(name: str, arrays: Sequence[Array], config: str | None) -> str: ...
def remove_live(location: str) -> None: ...

class ModelPaths:
    def __init__(self, a: str, b: str, controls: Sequence[str], parents: Sequence[str]) -> None: ...

class OpenOptions:
    def __init__(self, partial: bool, as_stored: bool, base: str) -> None: ...

class Texts:
    def __init__(self, texts: Sequence[str], ids: Sequence[Sequence[int]], bytes: bool) -> None: ...

class Filter:
    def __init__(
        self,
        layers: str,
        include: Sequence[str],
        exclude: Sequence[str],
        renames: Sequence[tuple[str, str]],
        key_map: str | None,
    ) -> None: ...

class TraceOptions:
    def __init__(
        self,
        effort: str,
        heritage: str,
        rows: int,
        units: int,
        permutations: int,
        seed: int,
        describe: bool,
        descriptions: bool,
    ) -> None: ...

def inspect(call: Call, model: str, opening: OpenOptions) -> tuple[str, str, list[str]]: ...
def config(call: Call, models: Sequence[str]) -> tuple[str, str, list[str]]: ...
def tokenizer(call: Call, a: str, b: str) -> tuple[str, str, list[str]]: ...
def compare(
    call: Call,
    models: ModelPaths,
    opening: OpenOptions,
    filter: Filter,
    within: bool,
    by_name: bool,
    quantiles: bool,
    digest: bool | None,
    functional: Texts | None,
) -> tuple[str, str, list[str]]: ...
def trace(
    call: Call, models: ModelPaths, opening: OpenOptions, options: TraceOptions, resume: str
) -> tuple[str, str, list[str]]: ...
def trace_series(
    call: Call, checkpoints: Sequence[str], opening: OpenOptions
) -> tuple[str, str, list[str]]: ...
def diff(
    call: Call, models: ModelPaths, opening: OpenOptions, filter: Filter, digest: bool | None, by_value: bool
) -> tuple[str, str, list[str]]: ...
def run(
    call: Call,
    model: str,
    opening: OpenOptions,
    texts: Texts,
    top: int,
    generate: int,
    arrays: bool,
    beyond_context: bool,
) -> tuple[str, str, list[str]]: ...
def explain(
    call: Call,
    topic: str,
    model: str,
    opening: OpenOptions,
    texts: Texts,
    layer: int | None,
    token: int | None,
    head: int | None,
    beyond_context: bool,
) -> tuple[str, str, list[str]]: ...
def check(
    call: Call,
    model: str,
    bases: Sequence[str],
    controls: Sequence[str],
    opening: OpenOptions,
    options: TraceOptions,
    fail_on: Sequence[str],
) -> tuple[str, str, list[str]]: ...
def verify(
    call: Call, file: str, text: str | None, inputs: Mapping[str, str]
) -> tuple[str, str, list[str]]: ...
def report(
    call: Call,
    models: ModelPaths,
    opening: OpenOptions,
    options: TraceOptions,
    resume: str,
    texts: Texts | None,
) -> tuple[str, str, str, list[str]]: ...
