# %% [markdown]
# # Which layers did two merges take from whom?
#
# Merging is the cheapest way to make a model: take two fine-tunes of one base, and mix their weights. Cards of
# merges often name one parent, or the wrong ones. Given candidates, `trace` finds out how much of each is in
# every tensor.
#
# ## A base, two fine-tunes, two merges
#
# The models are made here, of 8 layers each. The fine-tunes are the base with changes of 5 % in directions of
# their own.

# %%
import subprocess
import sys
import textwrap

import matplotlib.pyplot as plt
import numpy as np

import modelkin as mk
from modelkin.results import TraceResult

subprocess.run(
    [sys.executable, "-m", "modelkin", "demo", "--quiet", "--keep", "models"],
    check=True,
    stdout=subprocess.DEVNULL,
)
plt.rcParams.update({"figure.dpi": 90, "axes.spines.top": False, "axes.spines.right": False})
BLUE, ORANGE, GREY = "#2a6fb0", "#d1701f", "#8c8c8c"
Weights = dict[str, np.ndarray]
LAYERS = 8
random = np.random.default_rng(11)


def layer_of(name: str) -> int | None:
    """Returns the layer of a tensor; None for embeddings, the last norm and the head."""
    return int(name.split(".")[2]) if name.startswith("model.layers.") else None


def read(path: str) -> Weights:
    """Returns a model's tensors, as float32."""
    with mk.open(path) as model:
        return {name: np.asarray(tensor).astype(np.float32) for name, tensor in model.items()}


base = read("models/dense-a")
for name, weight in read("models/dense-b").items():  # layers 4 to 7
    if layer_of(name) is not None:
        base[name.replace(f".{layer_of(name)}.", f".{4 + (layer_of(name) or 0)}.")] = weight
configuration = {**(mk.open("models/dense-a").config or {}), "num_hidden_layers": LAYERS}


def fine_tune(size: float = 0.05) -> Weights:
    """Returns the base with another change of each matrix, `size` of its norm large."""
    return {
        name: (weight + size * weight.std() * random.normal(size=weight.shape)).astype(np.float32)
        if weight.ndim == 2
        else weight
        for name, weight in base.items()
    }


poet, lawyer = fine_tune(), fine_tune()

# %% [markdown]
# The first merge takes whole layers: 0 to 2 and 6 and 7 from the poet, 3 to 5 from the lawyer. The second mixes, with
# more of the lawyer the deeper a layer is. Both kinds are a line in the configuration of a merging tool.


# %%
def share_in_patchwork(layer: int | None) -> float:
    """Returns how much of the lawyer the first merge has in a layer."""
    return 1.0 if layer in (3, 4, 5) else 0.0


def share_in_gradient(layer: int | None) -> float:
    """Returns how much of the lawyer the second merge has in a layer."""
    return 0.5 if layer is None else layer / (LAYERS - 1)


def mixed(one: np.ndarray, other: np.ndarray, share: float) -> np.ndarray:
    """Returns `one` with a share of `other`, as float32."""
    return ((1 - share) * one + share * other).astype(np.float32)


patchwork, gradient = (
    {name: mixed(poet[name], lawyer[name], share(layer_of(name))) for name in base}
    for share in (share_in_patchwork, share_in_gradient)
)


def opened(weights: Weights, name: str) -> mk.Model:
    """Returns weights as a model that results call by a name."""
    return mk.open(weights, config=configuration, name=name)


PARENTS = [opened(poet, "poet"), opened(lawyer, "lawyer")]
of_patchwork = mk.trace(opened(base, "base"), opened(patchwork, "patchwork"), parents=PARENTS)
of_gradient = mk.trace(opened(base, "base"), opened(gradient, "gradient"), parents=PARENTS)

# %% [markdown]
# ## Who gave what
#
# `merge.tensors` has a row for each tensor: how much of each parent's change it has, by least squares.


# %%
def shares_by_layer(result: TraceResult) -> list[list[float]]:
    """Returns the lawyer's share in each tensor, by layer."""
    assert result.merge is not None
    shares: list[list[float]] = [[] for _ in range(LAYERS)]
    for row in result.merge.tensors:
        layer = layer_of(row.tensor)
        if layer is not None:
            shares[layer].append(row.weights[1])
    return shares


TRUTH = {"patchwork": (of_patchwork, share_in_patchwork), "gradient": (of_gradient, share_in_gradient)}
figure, panels = plt.subplots(1, 2, figsize=(9, 3), sharey=True, layout="constrained")
for panel, (label, (result, share)) in zip(panels, TRUTH.items()):
    truth = [share(layer) for layer in range(LAYERS)]
    panel.step(np.arange(LAYERS), truth, where="mid", color=GREY, label="truth")
    for layer, shares in enumerate(shares_by_layer(result)):
        panel.plot([layer] * len(shares), shares, "o", color=BLUE, label="found" if layer == 0 else None)
    panel.set(title=label, xlabel="layer", ylim=(-0.1, 1.1))
panels[0].set_ylabel("share of the lawyer")
panels[1].legend(frameon=False)
plt.show()

# %% [markdown]
# **See:** each dot is a tensor, seven in a layer and on top of each other. All lie where the merge was made.
#
# **Do not conclude** that a share of 0.5 means that half of the model's ability comes from a parent. It is a
# share of the change of weights, and says nothing of what the change does.
#
# ## In sum
#
# `merge` sums it up: whether B's tensors are mixtures of the candidates, and the mean share of each. The patchwork is
# not called a mixture, because none of its tensors is one: each is whole from one parent. Its shares, from
# 0 to 1, say so.

# %%
for label, (result, _) in TRUTH.items():
    merge = result.merge
    assert merge is not None
    print(f"{label}: tensors are mixtures: {merge.is_merge}")
    for parent, part in zip(("poet", "lawyer"), merge.weights):
        print(f"  {parent}: {part.mean:.2f} on average, {part.tensors_low:.2f} to {part.tensors_high:.2f}")

# %% [markdown]
# A merge with the same shares everywhere is named with them:

# %%
even = {name: mixed(poet[name], lawyer[name], 0.7) for name in base}
of_even = mk.trace(opened(base, "base"), opened(even, "even"), parents=PARENTS)
assert of_even.relation is not None
for kind in of_even.relation.kinds:
    print(textwrap.fill(f"{kind.kind}: {kind.evidence}", 96))

# %% [markdown]
# ## The wrong parents
#
# Least squares gives some share for any candidates. What tells is the residual: how much of the model they leave
# unexplained. Here the poet's partner is a model that had no part in it.

# %%
innocent = fine_tune()
wrong = mk.trace(
    opened(base, "base"), opened(gradient, "gradient"), parents=[PARENTS[0], opened(innocent, "innocent")]
)
figure, axes = plt.subplots(figsize=(9, 3), layout="constrained")
for label, result, colour in (("poet and lawyer", of_gradient, BLUE), ("poet and innocent", wrong, ORANGE)):
    assert result.merge is not None
    rows = [row for row in result.merge.tensors if layer_of(row.tensor) is not None]
    places = [layer_of(row.tensor) or 0 for row in rows]
    left = [max(row.residual or 0, 1e-9) for row in rows]
    axes.semilogy(places, left, "o", color=colour, label=label, alpha=0.7)
axes.set(xlabel="layer", ylabel="residual / size of tensor")
axes.legend(frameon=False, title="candidates", loc="center right", bbox_to_anchor=(1, 0.55))
plt.show()

# %% [markdown]
# **See:** with the right parents what is left is rounding, and nothing (drawn at 1e-9) in layers 0 and 7, which are
# whole from one parent. With a wrong one up to a few per cent are left, more where the lawyer has more.
#
# **Do not conclude** that the innocent's share is 0 because it looks small, or real because it is not 0. Quote
# shares with their residual, or not at all.
