"""Images that encoders are run on: files, arrays, and what is neither."""

from __future__ import annotations

import gc
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import modelkin as mk

from .conftest import run_program


@pytest.fixture
def encoder(demo: Path) -> Path:
    return demo / "vision-d"


@pytest.fixture
def pixels(demo: Path) -> np.ndarray[Any, np.dtype[np.float32]]:
    loaded: np.ndarray[Any, np.dtype[np.float32]] = np.load(demo / "images.npy")
    return loaded


def numbers(result: mk.RunResult) -> Any:
    """All of a result but its files' names and how it was made."""
    data = json.loads(result.to_json())
    del data["run"]
    for image in data["images"]:
        del image["file"]
    return data


def test_an_array_is_the_file(encoder: Path, demo: Path, pixels: Any) -> None:
    of_file = mk.run(encoder, image=demo / "images.npy", arrays=True)
    assert [image.file for image in of_file.images] == [str(demo / "images.npy")] * 2
    assert of_file.cosines is not None and of_file.pooled is not None
    assert of_file.cosines.shape == (2, 2)
    assert of_file.cosines[0, 1] == of_file.cosines[1, 0]
    assert of_file.pooled.shape == (2, 64)
    for same in (
        pixels,
        [pixels[0], pixels[1]],
        tuple(pixels),
        pixels.astype(np.float64),
        np.asfortranarray(pixels),
    ):
        of_array = mk.run(encoder, image=same, arrays=True)
        assert numbers(of_array) == numbers(of_file)
        assert of_array.images[0].file.startswith("memory:image")


def test_halves_stay_halves(encoder: Path, pixels: Any, tmp_path: Path) -> None:
    halves = pixels.astype(np.float16)
    np.save(tmp_path / "halves.npy", halves)
    assert numbers(mk.run(encoder, image=halves)) == numbers(mk.run(encoder, image=tmp_path / "halves.npy"))
    assert numbers(mk.run(encoder, image=halves)) != numbers(mk.run(encoder, image=pixels))


def test_a_tensor_of_torch_is_an_array(encoder: Path, pixels: Any) -> None:
    torch = pytest.importorskip("torch")
    tensor = torch.from_numpy(pixels)
    expected = numbers(mk.run(encoder, image=pixels))
    assert numbers(mk.run(encoder, image=tensor.requires_grad_())) == expected
    rounded = tensor.detach().to(torch.bfloat16)
    assert numbers(mk.run(encoder, image=rounded)) == numbers(mk.run(encoder, image=rounded.float().numpy()))


def test_arrays_are_let_go_of(encoder: Path, pixels: Any) -> None:
    first = mk.run(encoder, image=pixels).images[0].file
    gc.collect()
    # The place is free again, and nothing is there meanwhile.
    assert mk.run(encoder, image=pixels).images[0].file == first
    with pytest.raises(mk.InputError, match="closed"):
        mk.run(encoder, image=first)


def test_the_program_gives_the_same(encoder: Path, demo: Path) -> None:
    printed = json.loads(run_program("run", encoder, "--image", demo / "images.npy", "--json", "--arrays"))
    asked = json.loads(mk.run(encoder, image=demo / "images.npy", arrays=True).to_json())
    assert {**printed, "run": None} == {**asked, "run": None}
    assert printed["run"]["arguments"] != []


def test_a_result_says_what_it_is_of(encoder: Path, demo: Path) -> None:
    result = mk.run(encoder, image=demo / "images.npy")
    assert "siglip_vision, 2 images, 32 patches, 2 layers" in repr(result)
    assert len(result.texts) == 0
    assert "Image 2" in str(result)


def test_what_is_no_image_is_refused(encoder: Path, demo: Path, pixels: Any) -> None:
    for image, reason in (
        (7, "image"),
        ([], "image is empty"),
        ([[1.0]], "has shape"),
        (np.zeros((1, 3, 16, 16), np.uint8), "uint8"),
        (pixels[:, :, :8], "has shape"),
        ({"pixel_values": pixels}, "image"),
        (b"images.npy", "image"),
    ):
        with pytest.raises(mk.UsageError, match=reason):
            mk.run(encoder, image=image)  # type: ignore[arg-type]
    spoiled = pixels.copy()
    spoiled[0, 0, 0, 1] = np.nan
    with pytest.raises(mk.InputError, match="element 1 is NaN or infinite"):
        mk.run(encoder, image=spoiled)
    with pytest.raises(mk.UsageError, match="encoder of images"):
        mk.run(encoder, ids=[1])
    with pytest.raises(mk.UsageError, match="both"):
        mk.run(encoder, ids=[1], image=pixels)
    with pytest.raises(mk.UsageError, match="takes texts"):
        mk.run(demo / "dense-a", image=pixels)


def test_grids_are_checked(encoder: Path, pixels: Any) -> None:
    for grid in (7, "1,4,4", [1, 4], [[1, 4, 4], [1, 4]], [0, 4, 4], [1.5, 4, 4]):
        with pytest.raises(mk.UsageError, match="grid"):
            mk.run(encoder, image=pixels, grid=grid)  # type: ignore[arg-type]
    with pytest.raises(mk.UsageError, match="grid"):
        mk.run(encoder, grid=[1, 4, 4])
    # One image's, several, and as a processor has them: all reach the encoder, which cuts images itself.
    for right in ([1, 4, 4], [(1, 4, 4)], np.array([[1, 4, 4]])):
        with pytest.raises(mk.UsageError, match="takes whole images"):
            mk.run(encoder, image=pixels, grid=right)  # type: ignore[arg-type]
