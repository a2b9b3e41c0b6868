"""State dicts of torch."""

from __future__ import annotations

import pytest

import modelkin as mk
from modelkin._live import LiveModel

torch = pytest.importorskip("torch", reason="torch is not installed: its tensors are not tried")


def test_tensors_of_all_kinds_come_back() -> None:
    for tensor in (
        torch.arange(6, dtype=torch.float32).reshape(2, 3),
        torch.arange(6, dtype=torch.bfloat16).reshape(2, 3).T,
        torch.ones(3, dtype=torch.float8_e4m3fn),
        torch.nn.Parameter(torch.ones(2, 2)),
        torch.zeros(0, 3),
        torch.tensor(2.5),
        torch.view_as_complex(torch.ones(3, 2)).conj(),
    ):
        with mk.open({"w": tensor}) as model:
            assert model["w"].shape == tuple(tensor.shape)
            if not tensor.is_complex() and tensor.numel() > 0:
                back = torch.from_dlpack(model["w"])
                assert back.dtype == tensor.dtype
                assert torch.equal(back.float(), tensor.detach().float())


def test_tied_weights_are_one_tensor() -> None:
    shared = torch.ones(4, 4)
    with mk.open({"a": shared, "b": shared, "part": shared[:2], "turned": shared.T}) as model:
        assert list(model) == ["a", "part", "turned"]
    waves = torch.ones(4, 2)
    conjugate = torch.view_as_complex(waves).conj()  # the same memory, and other values
    with mk.open({"a": torch.view_as_complex(waves), "b": conjugate}) as model:
        assert list(model) == ["a", "b"]


def test_what_cannot_be_read_is_refused() -> None:
    wrong = [
        ("meta device", torch.empty(3, device="meta")),
        ("sparse", torch.eye(3).to_sparse()),
        ("complex128", torch.zeros(3, dtype=torch.complex128)),
    ]
    for message, tensor in wrong:
        with pytest.raises(mk.UsageError, match=message) as caught:
            mk.open({"w": tensor})
        assert caught.value.tensor == "w"


def test_a_change_while_it_is_read_is_an_error() -> None:
    state = {"w": torch.ones(64, 64)}

    def change(*_: object) -> None:
        state["w"].mul_(2)

    live = LiveModel(state)
    live.require_unchanged()
    change()
    with pytest.raises(mk.InputError, match="changed while it was read"):
        live.require_unchanged()


def test_tensors_on_other_devices_are_refused() -> None:
    fake = pytest.importorskip("torch._subclasses.fake_tensor", reason="this torch has no fake tensors")
    with fake.FakeTensorMode():
        tensor = torch.empty(3, device="cuda")
    with pytest.raises(mk.UsageError, match=r"is on cuda:0: copy the state dict to the CPU first") as caught:
        mk.compare({"w": tensor}, {"w": torch.zeros(3)})
    assert caught.value.tensor == "w"


def test_trainers_write_between_calls_and_not_during_them() -> None:
    state = {"w": torch.ones(64, 64)}
    for step in range(3):
        state["w"].mul_(2)
        assert mk.diff(state, {"w": torch.full((64, 64), 2.0 ** (step + 1))}).summary.all_identical
