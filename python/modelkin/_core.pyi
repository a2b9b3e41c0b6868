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
def add_file(name: str, file: str, bytes: bytes) -> str: ...
def remove_live(location: str) -> None: ...

class ModelPaths:
    def __init__(self, a: str, b: str, controls: Sequence[str], parents: Sequence[str]) -> None: ...

class AuditRequest:
    def __init__(
        self,
        candidate: str,
        references: Sequence[str],
        controls: Sequence[str],
        opening: OpenOptions,
        resume: str,
    ) -> None: ...

class OpenOptions:
    def __init__(self, partial: bool, as_stored: bool, base: str, components: Sequence[str]) -> None: ...

class Texts:
    def __init__(self, texts: Sequence[str], ids: Sequence[Sequence[int]], bytes: bool) -> None: ...

class Images:
    def __init__(self, files: Sequence[str], grids: Sequence[tuple[int, int, int]]) -> None: ...

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
        fingerprints: bool,
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
    call: Call, models: ModelPaths, opening: OpenOptions, options: TraceOptions, resume: str, recipe: str
) -> tuple[str, str, list[str]]: ...
def merge(
    call: Call,
    recipe: str,
    compare: str,
    places: Sequence[tuple[str, str]],
    folder: str,
    shard_bytes: int,
    partial: bool,
    digest: bool,
) -> tuple[str, str, list[str]]: ...
def trace_series(
    call: Call, checkpoints: Sequence[str], opening: OpenOptions
) -> tuple[str, str, list[str]]: ...
def diff(
    call: Call, models: ModelPaths, opening: OpenOptions, filter: Filter, digest: bool | None, by_value: bool
) -> tuple[str, str, list[str]]: ...
def requant(
    call: Call,
    quantised: str,
    original: str,
    opening: OpenOptions,
    filter: Filter,
    by_name: bool,
    digest: bool | None,
) -> tuple[str, str, list[str]]: ...
def run(
    call: Call,
    model: str,
    opening: OpenOptions,
    texts: Texts,
    images: Images,
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
    files: Sequence[str],
    claim_at: Mapping[str, str],
    controls: Sequence[str],
    opening: OpenOptions,
    options: TraceOptions,
    fail_on: Sequence[str],
) -> tuple[str, str, list[str]]: ...
def attest(
    call: Call,
    models: ModelPaths,
    opening: OpenOptions,
    options: TraceOptions,
    resume: str,
    key: str | None,
    ignored: Sequence[str],
    digest: bool,
) -> tuple[str, str, str, list[str]]: ...
def verify_attestation(
    call: Call,
    file: str,
    text: str | None,
    inputs: Mapping[str, str],
    public_key: str | None,
    signature_only: bool,
) -> tuple[str, str, list[str]]: ...
def is_attestation(file: str) -> bool: ...
def audit(call: Call, request: AuditRequest, options: TraceOptions) -> tuple[str, str, str, list[str]]: ...
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
def sketch(call: Call, model: str, opening: OpenOptions, name: str) -> tuple[str, str, list[str]]: ...
def model_list(file: str) -> list[str]: ...
def sketch_records(call: Call, models: Sequence[str], opening: OpenOptions) -> list[tuple[bytes, str]]: ...
def keep_record(folder: str, model: str, record: bytes) -> None: ...
def record_file(folder: str, model: str) -> str: ...
def record_lines(records: Sequence[bytes], labels: Sequence[str]) -> list[str]: ...
def atlas_find(
    call: Call,
    atlas: str,
    model: str,
    opening: OpenOptions,
    error_rate: float,
    most_traced: int,
    most_by_profile: int,
    options: TraceOptions,
) -> tuple[str, str, list[str]]: ...
def atlas_tree(call: Call, atlas: str, of: str, error_rate: float) -> tuple[str, str, list[str]]: ...
def atlas_add(call: Call, atlas: str, models: Sequence[str], opening: OpenOptions) -> list[str]: ...
def atlas_add_records(
    call: Call, atlas: str, records: Sequence[bytes], labels: Sequence[str]
) -> tuple[int, int]: ...
def atlas_add_line(call: Call, atlas: str, line: str, label: str) -> tuple[int, int]: ...
def atlas_import(call: Call, atlas: str, paths: Sequence[str]) -> tuple[int, int, int]: ...
def atlas_export(call: Call, atlas: str, file: str, force: bool) -> None: ...
def atlas_order(call: Call, atlas: str) -> list[int]: ...
def atlas_records(call: Call, atlas: str, ids: Sequence[int]) -> list[tuple[bytes, str]]: ...
def atlas_stats(atlas: str) -> tuple[str, str]: ...
def atlas_check(call: Call, atlas: str) -> list[str]: ...
def atlas_count(atlas: str, create: bool) -> int: ...
def atlas_remove(atlas: str, name: str) -> int: ...
