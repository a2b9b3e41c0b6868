# %% [markdown]
# # Is this fine-tune really from that base?
#
# A model's card says "fine-tuned from A". A reporter, an auditor or a buyer wants to know whether the weights say
# so too.
#
# This notebook makes four small models and asks that of each. It takes seconds, and the same lines work
# on real ones: give folders, `hf://org/name`, or the id of a model that is in huggingface_hub's cache.

# %%
import subprocess
import sys

import matplotlib.pyplot as plt
import numpy as np

import modelkin as mk

subprocess.run(
    [sys.executable, "-m", "modelkin", "demo", "--quiet", "--keep", "models"],
    check=True,
    stdout=subprocess.DEVNULL,
)
plt.rcParams.update({"figure.dpi": 90, "axes.spines.top": False, "axes.spines.right": False})
BLUE, ORANGE, GREY = "#2a6fb0", "#d1701f", "#8c8c8c"

# %% [markdown]
# `dense-a` is the base. `dense-a-tuned` is made from it. `dense-b` was made from other random numbers: a stranger.
#
# ## What does not answer the question
#
# The stranger has the base's configuration, value for value, and its tokenizer. So do thousands of public models
# that have nothing to do with each other, because people use the same code and the same tokenizers.

# %%
configurations = mk.config("models/dense-a", "models/dense-b")
tokenizers = mk.tokenizer("models/dense-a", "models/dense-b")
print(f"configuration: {configurations.summary.same} of {configurations.summary.compared} the same")
print(f"tokens: {tokenizers.tokens.shared} of {tokenizers.tokens.a} the same")

# %% [markdown]
# The stranger's norms are like the base's as well: a cosine of 0.99. That is so of all models, as
# [dispute](dispute.ipynb) shows.

# %%
stranger = mk.compare("models/dense-a", "models/dense-b", include="*norm*")
cosines = [row.cosine_similarity for row in stranger.tensors if row.cosine_similarity is not None]
print(f"cosine of norms with the stranger: {min(cosines):.3f} to {max(cosines):.3f}")

# %% [markdown]
# ## What does
#
# Training starts from random numbers, so that it is chance which hidden unit of a model is number one, two or three.
# Two models that were started apart have their units in orders that have nothing to do with each other. A
# fine-tune keeps its base's. `trace` tests that, for coordinates, units, heads and experts.

# %%
claimed = mk.trace("models/dense-a", "models/dense-a-tuned")
claimed

# %% [markdown]
# It says how the fine-tune was made, too. The maker of this one only added noise, and it shows: what training
# does has another spectrum.
#
# The stranger, with the same configuration and the same tokenizer:

# %%
false_claim = mk.trace("models/dense-a", "models/dense-b")
false_claim

# %% [markdown]
# ## A disguise
#
# Somebody could take the base, put its hidden units and its coordinates in another order, and give tensors other
# names. The model would compute the same, and no byte would be where it was. Let us do that to the fine-tune.

# %%
random = np.random.default_rng(7)
with mk.open("models/dense-a-tuned") as tuned:
    configuration = tuned.config
    weights = {name: np.asarray(tensor).astype(np.float32) for name, tensor in tuned.items()}
coordinates = random.permutation(len(weights["model.norm.weight"]))
disguised = {}
for name, weight in weights.items():
    module = name.split(".")[-2]
    if weight.ndim == 1 or module not in ("o_proj", "down_proj"):
        weight = weight[..., coordinates]  # norms, and what reads the coordinates
    else:
        weight = weight[coordinates]  # what writes them
    disguised[name.replace("self_attn", "mixer").replace("mlp", "channel")] = weight
for layer in range(4):
    prefix = f"model.layers.{layer}.channel."
    units = random.permutation(len(disguised[prefix + "up_proj.weight"]))
    for module in ("gate_proj", "up_proj"):
        disguised[f"{prefix}{module}.weight"] = disguised[f"{prefix}{module}.weight"][units]
    disguised[prefix + "down_proj.weight"] = disguised[prefix + "down_proj.weight"][:, units]

in_disguise = mk.trace("models/dense-a", mk.open(disguised, config=configuration, name="disguised"))
in_disguise

# %% [markdown]
# ## How strong is that?
#
# Each test gives the probability that two strangers score as much by chance.

# %%
CANDIDATES = {
    "fine-tune": (claimed, BLUE, "o"),
    "in disguise": (in_disguise, ORANGE, "s"),
    "stranger": (false_claim, GREY, "D"),
}
names = [test.name for test in in_disguise.tests if test.log10_p is not None]
figure, axes = plt.subplots(figsize=(9, 4.2), layout="constrained")
for label, (result, colour, marker) in CANDIDATES.items():
    found = {test.name: test.log10_p for test in result.tests if test.log10_p is not None}
    shown = [(-found[name], -place) for place, name in enumerate(names) if name in found]
    axes.plot([p for p, _ in shown], [y for _, y in shown], marker, color=colour, label=label, alpha=0.8)
axes.axvline(6, color=GREY, lw=1, ls="--")
axes.set_yticks(-np.arange(len(names)), names)
axes.set_xscale("symlog", linthresh=10)
axes.set(xlabel="digits of the p-value: 6 is one in a million", xlim=(-0.5, 10_000))
axes.grid(axis="x", color="#eeeeee")
axes.legend(frameon=False, loc="center", bbox_to_anchor=(0.42, 0.5))
plt.show()

# %% [markdown]
# **See:** the stranger is left of the line in every test. The fine-tune is far to the right in all of those
# that look at weights where they are stored. In disguise it fails these, as it should, and is found by those that fit
# a basis first, and match units whatever their order.
#
# **Do not conclude** from one dot. Many tests are asked, so `trace` corrects for their number, wants an effect
# beyond what strangers show, and gives one verdict. That is what to quote.
#
# ## "No evidence" is not "independent"
#
# For the stranger `trace` says how little of the base it would have found: it mixes some of A into B, and
# looks.

# %%
assert false_claim.power is not None
print(f"found with probability {false_claim.power.probability}:")
print(f"  a mixture with {false_claim.power.smallest_share:.1%} of the base's weights")
for limit in false_claim.verdict.limits:
    print(f"  {limit}")

# %% [markdown]
# ## In a project's own tests
#
# A claim that is worth making is worth a test. This one fails when somebody swaps the base by mistake:
#
# ```python
# def test_the_model_is_built_on_the_base_of_its_card():
#     checked = mk.check("models/ours", claims={"base_model": "models/base"})
#     assert not checked.failed, checked
# ```

# %%
for model in ("models/dense-a-tuned", "models/dense-b"):
    checked = mk.check(model, claims={"base_model": "models/dense-a"})
    print(f"{model}: {checked.claims[0].outcome}, fails: {checked.failed}")
