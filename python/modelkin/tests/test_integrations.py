"""What people use beside this package, each tried as they would: offline, and skipped where it is absent."""

from __future__ import annotations

import copy
import os
import re
import shutil
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

import modelkin as mk
from modelkin.results import TraceResult

WHY_TORCH = "torch is not installed: state dicts of running models are not tried"
WHY_TRANSFORMERS = "transformers is not installed: its models, files and Trainer are not tried"


@pytest.fixture(autouse=True)
def offline(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")


@pytest.fixture
def torch() -> Any:
    module = pytest.importorskip("torch", reason=WHY_TORCH)
    module.manual_seed(1)
    return module


@pytest.fixture
def transformers(torch: Any) -> Iterator[Any]:
    module = pytest.importorskip("transformers", reason=WHY_TRANSFORMERS)
    was_enabled = module.utils.logging.is_progress_bar_enabled()
    module.utils.logging.disable_progress_bar()
    yield module
    if was_enabled:
        module.utils.logging.enable_progress_bar()


SIZES = {
    "vocab_size": 128,
    "hidden_size": 64,
    "intermediate_size": 96,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
    "num_key_value_heads": 2,
}


def llama(transformers: Any, **settings: Any) -> Any:
    """A new Llama of 2 layers with a hidden size of 64."""
    return transformers.LlamaForCausalLM(transformers.LlamaConfig(**{**SIZES, **settings}))


def kinds_of(result: TraceResult) -> set[str]:
    assert result.relation is not None
    return {str(kind.kind) for kind in result.relation.kinds}


def require_identical(live: Any, saved: str | Path) -> None:
    """Fails unless a live model is its file, for diff and for trace, either way round."""
    difference = mk.diff(live, saved)
    assert difference.summary.all_identical, difference
    assert difference.summary.tensors == difference.inputs[1].tensors
    for traced in (mk.trace(live, saved), mk.trace(saved, live)):
        assert traced.verdict.category == "identical"
        assert traced.relation is not None
        assert not traced.relation.not_in_b


# Models of transformers: what is in memory is what save_pretrained writes.


def make_llama_with_tied_embeddings(transformers: Any) -> Any:
    return llama(transformers, tie_word_embeddings=True)


def make_gpt2(transformers: Any) -> Any:
    sizes = {"vocab_size": 128, "n_embd": 64, "n_layer": 2, "n_head": 4}
    return transformers.GPT2LMHeadModel(transformers.GPT2Config(**sizes, bos_token_id=1, eos_token_id=2))


def make_t5(transformers: Any) -> Any:
    sizes = {"vocab_size": 128, "d_model": 64, "d_kv": 16, "d_ff": 96, "num_layers": 2, "num_heads": 4}
    return transformers.T5ForConditionalGeneration(transformers.T5Config(**sizes))


def make_gpt_neox(transformers: Any) -> Any:
    sizes = {name: size for name, size in SIZES.items() if name != "num_key_value_heads"}
    return transformers.GPTNeoXForCausalLM(transformers.GPTNeoXConfig(**sizes))


def make_mixtral(transformers: Any) -> Any:
    return transformers.MixtralForCausalLM(transformers.MixtralConfig(**SIZES, num_local_experts=4))


@pytest.mark.parametrize(
    "make",
    [llama, make_llama_with_tied_embeddings, make_gpt2, make_t5, make_gpt_neox, make_mixtral],
)
def test_a_live_model_is_what_save_pretrained_writes(
    make: Callable[[Any], Any], transformers: Any, tmp_path: Path
) -> None:
    model = make(transformers)
    model.save_pretrained(tmp_path)
    require_identical(model, tmp_path)


@pytest.mark.parametrize("dtype", ["bfloat16", "float16"])
def test_types_of_weights_stay(dtype: str, torch: Any, transformers: Any, tmp_path: Path) -> None:
    model = llama(transformers).to(getattr(torch, dtype))
    model.save_pretrained(tmp_path)
    require_identical(model, tmp_path)
    require_identical(model.state_dict(), tmp_path)


def test_a_tied_weight_is_one_weight(transformers: Any) -> None:
    model = llama(transformers, tie_word_embeddings=True)
    untied = llama(transformers)
    once, twice = mk.inspect(model).parameters, mk.inspect(untied).parameters
    assert once is not None
    assert twice is not None
    assert twice.total == once.total + model.get_input_embeddings().weight.numel()
    with mk.open(model.state_dict()) as opened:
        assert "model.embed_tokens.weight" in opened
        assert "lm_head.weight" not in opened


def test_wrappers_of_torch_are_taken_off(torch: Any, transformers: Any, tmp_path: Path) -> None:
    model = llama(transformers)
    model.save_pretrained(tmp_path)
    require_identical(torch.compile(model), tmp_path)
    require_identical(torch.nn.DataParallel(model), tmp_path)
    compiled_inside = copy.deepcopy(model)
    compiled_inside.model.layers[0] = torch.compile(compiled_inside.model.layers[0])
    require_identical(compiled_inside, tmp_path)


@pytest.mark.parametrize("prefix", ["module.", "_orig_mod."])
def test_prefixes_in_a_state_dict_stay_and_are_seen_through(prefix: str, transformers: Any) -> None:
    model = llama(transformers)
    prefixed = {prefix + name: tensor for name, tensor in model.state_dict().items()}
    assert mk.trace(model, prefixed).verdict.category == "identical"
    renames = {"*": f"{prefix}*"}
    assert mk.diff(model, prefixed, key_map=renames).summary.all_identical


def test_frozen_inference_and_transposed_tensors(torch: Any, transformers: Any, tmp_path: Path) -> None:
    model = llama(transformers)
    model.save_pretrained(tmp_path)
    model.requires_grad_(False)
    require_identical(model, tmp_path)
    state = model.state_dict()
    require_identical({name: t.T.contiguous().T if t.ndim == 2 else t for name, t in state.items()}, tmp_path)
    with torch.inference_mode():
        require_identical({name: tensor.clone() for name, tensor in state.items()}, tmp_path)


@pytest.mark.parametrize("dtype", ["bfloat16", "float8_e4m3fn", "float8_e5m2"])
def test_a_cast_is_called_one(dtype: str, torch: Any, transformers: Any) -> None:
    model = llama(transformers)
    state = model.state_dict()
    cast = {name: tensor.to(getattr(torch, dtype)) for name, tensor in state.items()}
    traced = mk.trace(state, cast)
    assert traced.verdict.category == "derived"
    assert kinds_of(traced) == {"exact_cast"}


# Training.


def test_a_callback_of_trainer_logs_drift(torch: Any, transformers: Any, tmp_path: Path) -> None:
    pytest.importorskip("accelerate", reason="accelerate is not installed: Trainer needs it")

    class Drift(transformers.TrainerCallback):  # type: ignore[misc]
        """Notes how far each layer is from where it began, every two steps."""

        def __init__(self) -> None:
            self.by_step: dict[int, dict[int, float]] = {}

        def on_train_begin(self, args: Any, state: Any, control: Any, model: Any, **_: Any) -> None:
            self.start = {name: tensor.clone() for name, tensor in model.state_dict().items()}

        def on_step_end(self, args: Any, state: Any, control: Any, model: Any, **_: Any) -> None:
            if state.global_step % 2:
                return
            compared = mk.compare(self.start, model.state_dict(), quantiles=False)
            self.by_step[state.global_step] = {
                group.layer: group.rel_l2_a.max
                for group in compared.summary.by_layer
                if group.layer is not None and group.rel_l2_a is not None
            }

    model = llama(transformers)
    model.model.layers[0].requires_grad_(False)
    texts = [{"input_ids": row, "labels": row} for row in torch.randint(0, 128, (32, 16))]
    drift = Drift()
    transformers.Trainer(
        model=model,
        args=transformers.TrainingArguments(
            output_dir=str(tmp_path),
            max_steps=4,
            per_device_train_batch_size=4,
            learning_rate=1e-3,
            report_to=[],
            save_strategy="no",
            use_cpu=True,
            disable_tqdm=True,
        ),
        train_dataset=texts,
        callbacks=[drift],
    ).train()
    assert list(drift.by_step) == [2, 4]
    assert drift.by_step[4][0] == 0, "a frozen layer stays"
    assert drift.by_step[4][1] > drift.by_step[2][1] > 0


def test_adapters_of_peft(torch: Any, transformers: Any, tmp_path: Path) -> None:
    peft = pytest.importorskip("peft", reason="peft is not installed: adapters are not tried")
    base = llama(transformers, hidden_size=128)
    settings = peft.LoraConfig(r=4, target_modules=["q_proj", "v_proj"], task_type="CAUSAL_LM")
    adapted = peft.get_peft_model(copy.deepcopy(base), settings)
    for name, weight in adapted.named_parameters():
        if "lora_B" in name:
            torch.nn.init.normal_(weight.data, std=0.01)
    with pytest.warns(mk.ModelWarning, match=r"merge_adapter\(\)"):
        apart = mk.trace(base, adapted)
    assert apart.verdict.category == "derived"
    assert {row.class_ for row in apart.heritage} == {"identical", "added"}

    merged = adapted.merge_and_unload()
    traced = mk.trace(base, merged)
    assert "lora_merge" in kinds_of(traced)
    changed = {row.tensor for row in traced.heritage if row.class_ == "low_rank_edit"}
    assert changed == {
        f"model.layers.{layer}.self_attn.{weight}_proj.weight" for layer in (0, 1) for weight in "qv"
    }


def test_a_live_model_is_read_where_it_lies(torch: Any) -> None:
    """Of a state dict of 1 GB no copy is made: at most 50 MB are needed beside it."""
    statm = Path("/proc/self/statm")
    if not statm.exists():
        pytest.skip("this system has no /proc/self/statm to see memory in")

    def resident() -> int:
        return int(statm.read_text().split()[1]) * 4096

    generator = torch.Generator().manual_seed(1)
    weight = torch.randn(4096, 4096, generator=generator)
    state = {f"layers.{layer}.weight": weight + layer for layer in range(16)}
    before = resident()
    seen = [before]
    done = threading.Event()

    def watch() -> None:
        while not done.wait(0.005):
            seen.append(resident())

    watcher = threading.Thread(target=watch)
    watcher.start()
    try:
        while len(seen) <= 10:  # a call takes less than a tenth of a second
            mk.compare(state, state, quantiles=False, digest=False)
    finally:
        done.set()
        watcher.join()
    assert max(seen) - before < 50_000_000


# The cache of huggingface_hub.


class Cache:
    """A cache as huggingface_hub lays it out: contents once as blobs, snapshots of links to them."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def add(self, repository: str, commit: str, model: Path, *references: str) -> Path:
        """Puts a model's files into the cache. Returns the snapshot's folder."""
        folder = self.root / f"models--{repository.replace('/', '--')}"
        snapshot = folder / "snapshots" / commit
        snapshot.mkdir(parents=True)
        (folder / "blobs").mkdir(exist_ok=True)
        for file in model.iterdir():
            blob = folder / "blobs" / f"{commit}-{file.name}"
            shutil.copy(file, blob)
            (snapshot / file.name).symlink_to(Path("../../blobs") / blob.name)
        for reference in references:
            place = folder / "refs" / reference
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_text(commit)
        return snapshot


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Cache:
    for variable in ("HUGGINGFACE_HUB_CACHE", "HF_HOME", "XDG_CACHE_HOME"):
        monkeypatch.delenv(variable, raising=False)
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path / "cache"))
    return Cache(tmp_path / "cache")


def test_an_id_is_the_snapshot_of_main(cache: Cache, models: Path) -> None:
    old = cache.add("org/model", "1" * 40, models / "dense-b", "v1", "refs/pr/1")
    new = cache.add("org/model", "2" * 40, models / "dense-a", "main")
    for named, snapshot in {
        "org/model": new,
        "org/model@main": new,
        "org/model@v1": old,
        "org/model@refs/pr/1": old,
        f"org/model@{'1' * 40}": old,
    }.items():
        with mk.open(named) as model:
            assert model.location == str(snapshot)
    assert mk.diff("org/model", models / "dense-a").summary.all_identical
    assert not mk.diff("org/model", "org/model@v1").summary.all_identical


def test_the_only_snapshot_will_do(cache: Cache, models: Path) -> None:
    snapshot = cache.add("plain", "1" * 40, models / "dense-a")
    with mk.open("plain") as model:
        assert model.location == str(snapshot)
    cache.add("plain", "2" * 40, models / "dense-b")
    with pytest.raises(mk.InputError, match=f"2 snapshots.*plain@{'1' * 40}"):
        mk.open("plain")


def test_what_is_in_no_cache(cache: Cache, models: Path) -> None:
    cache.add("org/model", "1" * 40, models / "dense-a", "main")
    for absent in ("org/other", "org/model@v2"):
        with pytest.raises(mk.InputError, match=f"hf://{absent} reads it from the hub"):
            mk.open(absent)
    with pytest.raises(mk.InputError):
        mk.open("org/model@../../../etc")


def test_a_cache_is_where_variables_say(
    cache: Cache, models: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = Cache(tmp_path / "home" / "hub")
    snapshot = home.add("org/model", "1" * 40, models / "dense-a", "main")
    monkeypatch.delenv("HF_HUB_CACHE")
    monkeypatch.setenv("PLACE", str(tmp_path))
    monkeypatch.setenv("HF_HOME", "$PLACE/home")
    with mk.open("org/model") as model:
        assert model.location == str(snapshot)


def test_huggingface_hub_agrees(cache: Cache, models: Path) -> None:
    hub = pytest.importorskip("huggingface_hub", reason="huggingface_hub is not installed")
    cache.add("org/model", "1" * 40, models / "dense-a", "main")
    found = hub.snapshot_download("org/model", cache_dir=cache.root, local_files_only=True)
    with mk.open("org/model") as model:
        assert Path(model.location).resolve() == Path(found).resolve()


# Tables, as people ask them.


def test_questions_to_data_frames(models: Path) -> None:
    """The layer that changed most, by three libraries and by hand."""
    compared = mk.compare(models / "dense-a", models / "dense-a-tuned").tensors
    rows = [row for row in compared if row.layer is not None and row.rel_l2_a is not None]
    layer = max(rows, key=lambda row: row.rel_l2_a or 0).layer

    pandas = pytest.importorskip("pandas", minversion="3.0", reason="pandas from 3.0 on has from_arrow")
    frame = pandas.DataFrame.from_arrow(compared)
    assert frame.dropna(subset="layer").set_index("layer")["rel_l2_a"].idxmax() == layer
    polars = pytest.importorskip("polars", reason="polars is not installed")
    inside = polars.DataFrame(compared).filter(polars.col("layer").is_not_null())
    assert inside.sort("rel_l2_a")["layer"][-1] == layer
    duckdb = pytest.importorskip("duckdb", reason="duckdb is not installed")
    found = duckdb.sql("select layer from compared where layer is not null order by rel_l2_a desc limit 1")
    assert found.fetchall() == [(layer,)]


# Claims, as a project's own tests assert them.


def test_the_model_is_built_on_the_base_of_its_card(models: Path) -> None:
    checked = mk.check(models / "dense-a-tuned", claims={"base_model": models / "dense-a"})
    assert not checked.failed, checked


def test_a_false_claim_fails(models: Path) -> None:
    checked = mk.check(models / "dense-b", claims={"base_model": models / "dense-a"}, permutations=1000)
    assert checked.failed
    assert checked.claims[0].outcome == "unsupported"


# The page about all of this.

CHECKOUT = Path(os.environ.get("MODELKIN_CHECKOUT") or Path(__file__).resolve().parents[3])
PAGE = CHECKOUT / "docs" / "integrations.md"


@pytest.mark.skipif(not PAGE.exists(), reason="the page is in a checkout, not in the package")
@pytest.mark.filterwarnings("ignore::modelkin.ModelWarning")
def test_blocks_of_the_page_run(
    models: Path, transformers: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for library in ("peft", "polars", "duckdb"):
        pytest.importorskip(library, reason=f"{library} is not installed: the page is not run")
    pytest.importorskip("pandas", minversion="3.0", reason="pandas from 3.0 on has from_arrow")
    for name, model in {"base": "dense-a", "tuned": "dense-a-tuned"}.items():
        (tmp_path / name).symlink_to(models / model)
    monkeypatch.chdir(tmp_path)
    blocks = re.findall(r"^```python\n(.*?)^```$", PAGE.read_text(), re.DOTALL | re.MULTILINE)
    assert len(blocks) == 5
    names: dict[str, Any] = {}
    exec(blocks[0], names)
    assert mk.diff(names["model"], "base/").summary.all_identical
    for block in blocks[1:]:
        exec(block, names)
    names["test_the_model_is_built_on_the_base_of_its_card"]()
