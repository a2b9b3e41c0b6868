# %% [markdown]
# # What LoRA, noise, quantising and pruning do to weights
#
# Somebody publishes a model. What was done to its base? Each way of making one model from another leaves a mark of
# its own in the difference of their weights. This notebook makes such models in a few lines of NumPy, shows the
# marks, and asks `trace` what was done.

# %%
import subprocess
import sys
import textwrap
from collections.abc import Callable
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
from numpy.typing import NDArray

import modelkin as mk

subprocess.run(
    [sys.executable, "-m", "modelkin", "demo", "--quiet", "--keep", "models"],
    check=True,
    stdout=subprocess.DEVNULL,
)
plt.rcParams.update({"figure.dpi": 90, "axes.spines.top": False, "axes.spines.right": False})
Array = NDArray[np.floating[Any]]
Weights = dict[str, Array]
random = np.random.default_rng(5)
with mk.open("models/dense-a") as model:
    configuration = model.config
    base: Weights = {name: np.asarray(tensor).astype(np.float32) for name, tensor in model.items()}

# %% [markdown]
# ## Five models from one
#
# Each recipe changes one weight. It is given what it needs to know, and no more.


# %%
def with_lora(weight: Array, rank: int = 8, size: float = 0.05) -> Array:
    """Adds a product of two thin matrices, `size` of the weight's norm large."""
    rows, columns = weight.shape
    change: Array = random.normal(size=(rows, rank)) @ random.normal(size=(rank, columns))
    change *= size * np.linalg.norm(weight) / np.linalg.norm(change)
    changed: Array = weight + change
    return changed


def with_noise(weight: Array, size: float = 0.05) -> Array:
    """Adds independent noise, `size` of the weight's norm large."""
    noisy: Array = weight + random.normal(size=weight.shape) * (size * weight.std())
    return noisy


def in_four_bits(weight: Array) -> Array:
    """Rounds to the 15 values that blocks of 32 with one scale each can have."""
    blocks = weight.reshape(-1, 32)
    scales = np.abs(blocks).max(axis=1, keepdims=True) / 7
    rounded: Array = np.round(blocks / scales) * scales
    return rounded.reshape(weight.shape)


def half_pruned(weight: Array) -> Array:
    """Sets the smaller half to 0."""
    return np.where(np.abs(weight) < np.median(np.abs(weight)), 0, weight)


def without_a_direction(weight: Array) -> Array:
    """Takes one direction of the residual stream off what a layer writes, as "abliteration" does."""
    return weight - np.outer(direction, direction @ weight)


direction = random.normal(size=len(base["model.norm.weight"]))
direction /= np.linalg.norm(direction)
RECIPES: dict[str, tuple[Callable[[Array], Array], tuple[str, ...]]] = {
    "LoRA, rank 8, on q and v": (with_lora, ("q_proj", "v_proj")),
    "noise on all matrices": (with_noise, ("_proj", "embed_tokens", "lm_head")),
    "4 bits, blocks of 32": (in_four_bits, ("_proj",)),
    "smaller half set to 0": (half_pruned, ("_proj",)),
    "one direction removed": (without_a_direction, ("o_proj", "down_proj")),
}
models: dict[str, Weights] = {
    label: {
        name: (recipe(weight) if any(part in name for part in parts) else weight).astype(np.float32)
        for name, weight in base.items()
    }
    for label, (recipe, parts) in RECIPES.items()
}

# %% [markdown]
# ## Where it changed
#
# `compare` says for each tensor how large the change is beside the weight.

# %%
MODULES = ["q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"]
figure, panels = plt.subplots(1, len(models), figsize=(9, 3), sharey=True, layout="constrained")
for panel, (label, weights) in zip(panels, models.items()):
    changes = np.zeros((4, len(MODULES)))
    for row in mk.compare(base, weights, quantiles=False).tensors:
        for column, module in enumerate(MODULES):
            if module in row.role and row.layer is not None and row.rel_l2_a is not None:
                changes[row.layer, column] = row.rel_l2_a
    image = panel.imshow(changes.T, vmin=0, vmax=0.15, cmap="Blues", aspect="auto")
    panel.set_title(textwrap.fill(label, 14), fontsize=10)
    panel.set(xticks=range(4), xlabel="layer", yticks=range(len(MODULES)))
panels[0].set_yticklabels(MODULES)
figure.colorbar(image, ax=panels, label="size of change / of weight", extend="max")
plt.show()

# %% [markdown]
# **See:** LoRA touched the queries and values that it was given, and nothing else. Rounding, pruning and noise are
# everywhere alike, and removing a direction in what a layer writes.
#
# **Do not conclude** what was done from how much changed. Noise and LoRA have the same size here. The
# difference between them is in the next figure.
#
# ## What kind of change
#
# Any matrix is a sum of rank-one pieces of decreasing size, its singular values. Here are those of the change of
# one matrix, in each model that changed it.

# %%
WATCHED = {
    "LoRA, rank 8, on q and v": "model.layers.1.self_attn.q_proj.weight",
    "noise on all matrices": "model.layers.1.self_attn.q_proj.weight",
    "4 bits, blocks of 32": "model.layers.1.self_attn.q_proj.weight",
    "smaller half set to 0": "model.layers.1.self_attn.q_proj.weight",
    "one direction removed": "model.layers.1.self_attn.o_proj.weight",
}
figure, axes = plt.subplots(figsize=(9, 3.6), layout="constrained")
for label, name in WATCHED.items():
    values = np.linalg.svd(models[label][name] - base[name], compute_uv=False)
    sizes = values / np.linalg.norm(base[name])
    axes.semilogy(np.arange(1, len(sizes) + 1), sizes, ".-", ms=3, lw=1, label=label)
axes.set(xlabel="singular value of the change", ylabel="size / of weight", ylim=(1e-9, 1))
axes.legend(frameon=False, loc="center", bbox_to_anchor=(0.6, 0.42))
plt.show()

# %% [markdown]
# **See:** LoRA has 8 values and then falls by a factor of a million, to what rounding leaves. Removing a direction has 1.
# Noise, rounding and pruning have no edge.
#
# **Do not conclude** "trained in full" from a change without an edge: noise has none either. Training in full
# lies between: a few large values over a broad floor.
#
# ## Which values are left
#
# Rounding and pruning show in the values themselves. Here is one matrix, in units of its blocks' scales.

# %%
name = "model.layers.1.mlp.gate_proj.weight"
scales = np.abs(base[name].reshape(-1, 32)).max(axis=1, keepdims=True) / 7
SHOWN = {"the base": base, **{label: models[label] for label in list(models)[1:4]}}
figure, panels = plt.subplots(1, len(SHOWN), figsize=(9, 2.4), sharey=True, layout="constrained")
for panel, (label, weights) in zip(panels, SHOWN.items()):
    steps = (weights[name].reshape(-1, 32) / scales).ravel()
    panel.hist(steps, np.arange(-8, 8.01, 0.1).tolist(), color="#2a6fb0")
    panel.set_title(textwrap.fill(label, 20), fontsize=10)
    panel.set(xlabel="value / scale", yscale="log")
panels[0].set_ylabel("entries")
plt.show()

# %% [markdown]
# **See:** four bits leave 15 values, and nothing between them. Pruning leaves a gap around 0 and a spike in it.
#
# **Do not conclude** from a smooth histogram that a model was never quantised. If it was trained afterwards, the
# values have left the grid.
#
# ## What trace says

# %%
for label, weights in models.items():
    result = mk.trace(
        mk.open(base, config=configuration, name="base"), mk.open(weights, config=configuration, name="made")
    )
    assert result.relation is not None
    print(f"{label}\n  {result.verdict.category}")
    for kind in result.relation.kinds:
        print(textwrap.indent(textwrap.fill(f"{kind.kind}: {kind.evidence}", 96), "  "))

# %% [markdown]
# **See:** each recipe is named, with the rank, the grid or the share.
#
# **Do not conclude** intent. "noise_added" says what a change looks like. Why somebody made it is not in the
# weights.
#
# Merges of several models are in [merges](merges.ipynb).
