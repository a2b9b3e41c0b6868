"""State dicts of running programs."""

from __future__ import annotations

import copy
import gc
import json
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import modelkin as mk


def state_of(path: Path) -> dict[str, np.ndarray[Any, Any]]:
    with mk.open(path) as model:
        return {name: np.asarray(tensor) for name, tensor in model.items()}


def without(result: Any, *names: str) -> dict[str, Any]:
    data = json.loads(result.to_json())
    return {name: value for name, value in data.items() if name not in ("run", "inputs", *names)}


def test_a_state_dict_gives_the_files_numbers(a: Path, tuned: Path) -> None:
    live = state_of(a)
    for ask in (mk.compare, mk.diff):
        assert without(ask(live, tuned)) == without(ask(a, tuned))
    config = mk.open(a).config
    with mk.open(live, config=config) as model:
        assert model.family == mk.open(a).family
        assert without(mk.trace(model, tuned)) == without(mk.trace(a, tuned))


def test_a_state_dict_is_read_where_it_lies() -> None:
    program = """
import resource, sys
import numpy as np, modelkin as mk
state = {f"w{i}": np.ones((1024, 1024 * 16), np.float32) for i in range(4)}
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
mk.compare(state, state, quantiles=False)
after = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
print(after - before)
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert int(done.stdout) < 64 << 10  # KiB; the arrays have 256 MiB


def test_a_step_of_training_shows(a: Path) -> None:
    state = state_of(a)
    name = next(name for name in state if "q_proj" in name)
    state[name] = (state[name].astype(np.float32) * 1.01).astype(state[name].dtype)
    differing = [row for row in json.loads(mk.diff(a, state).to_json())["tensors"] if not row["identical"]]
    assert [row["a"]["name"] for row in differing] == [name]


def test_what_results_call_it(a: Path) -> None:
    class Net:
        config = {"model_type": "llama"}

        def state_dict(self) -> dict[str, Any]:
            return {"w": np.zeros((2, 3), np.float32)}

    with pytest.warns(mk.ModelWarning, match="hidden_size"):
        assert mk.open(Net()).location == "memory:Net"
    first, second = mk.open({"w": np.zeros(3, np.float32)}), mk.open({"w": np.zeros(3, np.float32)})
    assert (first.location, second.location) == ("memory:state_dict", "memory:state_dict-2")
    assert mk.open({"w": np.zeros(3, np.float32)}, name="step 7").location == "memory:step 7"
    with pytest.raises(mk.UsageError, match="config and name"):
        mk.open(a, name="a")


@pytest.mark.parametrize(
    ("array", "dtype"),
    [
        (np.array([1.5, -2.0], np.float32), "F32"),
        (np.array([1.5, -2.0], ">f4"), "F32"),
        (np.array([[1, 2], [3, 4]], np.int16).T, "I16"),
        (np.arange(12, dtype=np.float64).reshape(3, 4)[:, ::2], "F64"),
        (np.array([True, False]), "BOOL"),
        (np.float32(3.5), "F32"),
        (np.zeros((0, 4), np.float16), "F16"),
        (np.array([np.nan, np.inf, 1.0], np.float32), "F32"),
    ],
)
def test_arrays_of_all_kinds_come_back(array: Any, dtype: str) -> None:
    with mk.open({"w": array}) as model:
        assert model["w"].dtype == dtype
        assert model["w"].shape == np.shape(array)
        np.testing.assert_array_equal(np.asarray(model["w"]), array)


@pytest.mark.parametrize(
    "name",
    ["bfloat16", "float8_e4m3fn", "float8_e5m2", "float8_e4m3fnuz", "float8_e5m2fnuz", "float8_e8m0fnu"],
)
def test_types_of_ml_dtypes_come_back(name: str) -> None:
    import ml_dtypes

    values = np.array([0.5, 1.0, 2.0], getattr(ml_dtypes, name))
    with mk.open({"w": values}) as model:
        back = np.asarray(model["w"])
        assert back.dtype == values.dtype
        np.testing.assert_array_equal(back.astype(np.float32), [0.5, 1.0, 2.0])


def test_what_is_no_state_dict_is_refused() -> None:
    good = np.zeros(3, np.float32)
    wrong: list[tuple[str, Any]] = [
        ("without a tensor", {}),
        ("names are strings", {3: good}),
        ("no text", {"\ud800": good}),
        ("complex128", {"w": np.zeros(3, np.complex128)}),
        ("object", {"w": np.array([None, {}])}),
        ("str32", {"w": np.array(["a"])}),
        ("masked", {"w": np.ma.array([1.0, 2.0], mask=[False, True])}),
        ("is list", {"w": [1.0, 2.0]}),
        ("is dict", {"model": {"w": good}, "step": 3}),
        ("a model is a path", 3),
        ("a model is a path", [good]),
        ("a model is a path", None),
    ]
    for message, state in wrong:
        with pytest.raises(mk.UsageError, match=message):
            mk.open(state)


def test_an_extra_state_is_left_out() -> None:
    with pytest.warns(mk.ModelWarning, match="_extra_state"):
        model = mk.open({"w": np.zeros(3, np.float32), "fp8._extra_state": None})
    assert list(model) == ["w"]


def test_nan_is_counted_and_not_computed_with() -> None:
    values = np.linspace(1, 2, 100, dtype=np.float32).reshape(10, 10)
    spoilt = values.copy()
    spoilt[0, 0] = np.nan
    row = json.loads(mk.compare({"w": values}, {"w": spoilt}).to_json())["tensors"][0]
    assert row["cosine_similarity"] is not None and abs(row["cosine_similarity"] - 1) < 1e-6


def test_a_closed_model_says_so(a: Path, tuned: Path) -> None:
    model = mk.open(a)
    values = np.asarray(model["lm_head.weight"])
    model.close()
    assert "closed" in repr(model)
    for use in (
        lambda: model["lm_head.weight"],
        lambda: list(model),
        lambda: len(model),
        lambda: model.config,
        lambda: model.tensors,
        lambda: model.stored,
        lambda: mk.trace(model, tuned),
        lambda: mk.inspect(model),
    ):
        with pytest.raises(mk.ClosedError, match="closed"):
            use()
    assert values.size > 0
    model.close()
    live = mk.open({"w": np.zeros(3, np.float32)})
    location = live.location
    live.close()
    with pytest.raises(mk.InputError, match="closed"):
        mk.inspect(location)


def test_stored_and_decoded_values_of_a_quantised_weight() -> None:
    state = {  # MXFP4 as gpt-oss has it
        "model.layers.0.mlp.experts.gate_up_proj_blocks": np.full((1, 4, 1, 16), 0x32, np.uint8),
        "model.layers.0.mlp.experts.gate_up_proj_scales": np.full((1, 4, 1), 128, np.uint8),
    }
    with mk.open(state) as model:
        assert sorted(model.stored) == sorted(state)
        (name,) = model
        assert "MXFP4" in model[name].dtype
        assert set(np.unique(np.asarray(model[name]))) == {2.0, 3.0}
        np.testing.assert_array_equal(
            np.asarray(model.stored["model.layers.0.mlp.experts.gate_up_proj_blocks"]),
            state["model.layers.0.mlp.experts.gate_up_proj_blocks"],
        )


def test_names_are_taken_as_they_are() -> None:
    names = ["", "a\nb", "\x1b[31m", 'quote"', "é", "../w", "a.b"]
    with mk.open({name: np.full(3, i, np.float32) for i, name in enumerate(names)}) as model:
        assert sorted(model) == sorted(names)
        for i, name in enumerate(names):
            assert np.asarray(model[name])[0] == i
    for name in ("__metadata__", "x" * 5000):  # which no file can have
        with pytest.raises(mk.InputError, match="memory:state_dict: byte"):
            mk.open({name: np.zeros(3, np.float32)})


def test_a_failed_or_forgotten_model_is_let_go_of() -> None:
    array = np.zeros(3, np.float32)
    for _ in range(3):
        with pytest.raises(mk.InputError):
            mk.open({"__metadata__": array})
    gc.collect()
    assert mk.open({"w": array}).location == "memory:state_dict"
    gc.collect()
    with pytest.raises(mk.InputError, match="closed"):
        mk.inspect("memory:state_dict")
    stored = mk.open({"w": np.full(4, 2.0, np.float32)}).stored
    gc.collect()
    np.testing.assert_array_equal(np.asarray(stored["w"]), np.full(4, 2.0))


def test_many_tensors_take_time_in_proportion() -> None:
    def seconds(count: int) -> float:
        state = {f"model.layers.{i}.w": np.zeros(2, np.float32) for i in range(count)}
        began = time.process_time()
        with mk.open(state) as model:
            assert len(model.tensors) == count
        return time.process_time() - began

    seconds(100)
    assert seconds(20_000) < 40 * seconds(2_000)


def test_a_model_closed_while_it_is_read_keeps_its_arrays() -> None:
    program = """
import threading, time
import numpy as np, modelkin as mk

def made():
    return mk.open({f"w{i}": np.ones((4096, 4096), np.float32) for i in range(3)})

model = made()
summary = mk.compare(model, model, progress=lambda *_: model.close()).summary
assert summary.byte_identical == 3, summary
model = made()
tensor = model["w0"]
read = threading.Thread(target=lambda: print(tensor.numpy().min()))
read.start()
time.sleep(0.01)
model.close()
read.join()
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout in ("1.0\n", "")  # or closed before it began


def test_closing_one_of_two_views_leaves_the_other() -> None:
    model = mk.open({"w": np.full(4, 2.0, np.float32)})
    copied = copy.copy(model)
    for other in (model.stored, mk.open(model)):
        assert np.asarray(other["w"])[0] == 2
        other.close()
        np.testing.assert_array_equal(np.asarray(model["w"]), np.full(4, 2.0))
    assert np.asarray(model.stored["w"])[0] == 2  # opened anew
    model.close()
    with pytest.raises(mk.ClosedError):
        np.asarray(copied["w"])


def test_an_open_model_opened_again_is_the_same_model(a: Path) -> None:
    with mk.open(a) as model, mk.open(model) as again:
        assert (again.location, again.family) == (str(a), "llama")
    with pytest.raises(mk.UsageError, match="config and name"):
        mk.open(mk.open(a), name="x")


@pytest.fixture
def adapter(stranger: Path, tmp_path: Path) -> Path:
    """An adapter that names dense-b as its base."""
    factors = {
        f"base_model.model.model.layers.0.self_attn.q_proj.lora_{factor}.weight": shape
        for factor, shape in (("A", [4, 128]), ("B", [128, 4]))
    }
    header = {
        name: {"dtype": "F32", "shape": shape, "data_offsets": [2048 * i, 2048 * (i + 1)]}
        for i, (name, shape) in enumerate(factors.items())
    }
    text = json.dumps(header).encode()
    weights = np.full(2 * 512, 0.5, np.float32).tobytes()
    (tmp_path / "adapter_model.safetensors").write_bytes(len(text).to_bytes(8, "little") + text + weights)
    config = {"peft_type": "LORA", "r": 4, "lora_alpha": 4, "target_modules": ["q_proj"]}
    config["base_model_name_or_path"] = str(stranger)
    (tmp_path / "adapter_config.json").write_text(json.dumps(config))
    return tmp_path


def test_a_request_on_a_model_that_was_opened_with_a_base_needs_it(a: Path, adapter: Path) -> None:
    with mk.open(adapter, base=a) as model:
        for ask in (mk.diff, mk.compare, mk.trace):
            with pytest.raises(mk.UsageError, match="opened with base="):
                ask(a, model)
        assert mk.diff(a, model, base=a).summary.identical > 30
        with mk.open(model) as again:
            assert np.array_equal(again["lm_head.weight"], model["lm_head.weight"])


def test_a_base_that_is_a_state_dict_is_kept_as_long_as_the_model(a: Path, adapter: Path) -> None:
    state = state_of(a)
    model = mk.open(adapter, base={name: values.copy() for name, values in state.items()})
    gc.collect()
    taken = [np.full((512, 128), 7, np.float32) for _ in range(60)]  # where the arrays were
    np.testing.assert_array_equal(np.asarray(model["lm_head.weight"]), state["lm_head.weight"])
    assert sorted(model.stored) != sorted(model) and len(taken) == 60


def test_a_request_does_not_take_the_stored_form(a: Path) -> None:
    with mk.open(a) as model, pytest.raises(mk.UsageError, match="the model itself"):
        mk.compare(a, model.stored)
