# %% [markdown]
# # Two 100B models and five traps
#
# In January 2026 a public repository said that one model of 100 billion parameters, Solar-Open-100B, was
# built on another, GLM-4.5-Air. The evidence was called decisive: norm weights with a cosine of 0.99, "182
# sigma". Others measured again, and the authors revised what they had concluded.
#
# This notebook redoes the arguments with the numbers that both sides published. Each number was right. What
# was wrong is what it was compared with.
#
# It reads no weight of either model. It can't say who is built on whom, and does not: it shows what these
# numbers are unable to say. The last section has what could.

# %%
import subprocess
import sys
from pathlib import Path
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
from numpy.typing import NDArray

import modelkin as mk

plt.rcParams.update({"figure.dpi": 90, "axes.spines.top": False, "axes.spines.right": False})
Array = NDArray[np.floating[Any]]
BLUE, ORANGE, GREY = "#2a6fb0", "#d1701f", "#8c8c8c"
random = np.random.default_rng(2026)

# %% [markdown]
# ## Trap 1: everybody's norms look alike
#
# A transformer has a vector of 4,096 norm weights before each attention. Below is what a third party published
# for the first 46 layers of both models: the cosine of the two vectors, the cosine after the values of one
# were shuffled, and the correlation, which is the cosine of what is left when each vector's mean is taken off.

# %%
PUBLISHED = """
.1272 .3418 .8317 .9132 .9374 .9516 .9386 .9645 .9734 .9830 .9811 .9866 .9872 .9897 .9886 .9884
.9897 .9898 .9906 .9902 .9918 .9922 .9921 .9920 .9923 .9924 .9920 .9943 .9937 .9937 .9914 .9935
.9932 .9916 .9924 .9930 .9921 .9917 .9929 .9932 .9916 .9910 .9902 .9906 .9901 .9930

.1368 .3540 .8283 .9135 .9381 .9521 .9394 .9648 .9734 .9828 .9808 .9861 .9868 .9893 .9881 .9882
.9895 .9895 .9904 .9899 .9915 .9920 .9920 .9918 .9921 .9922 .9917 .9941 .9935 .9935 .9913 .9933
.9930 .9912 .9920 .9927 .9919 .9912 .9926 .9930 .9916 .9911 .9902 .9909 .9902 .9928

-.0133 -.0225 .0050 -.0078 -.0172 -.0185 -.0158 -.0163 -.0092 .0015 .0092 .0166 .0154 .0226 .0181
.0122 .0174 .0077 .0124 .0167 .0181 .0099 .0057 .0089 .0119 .0210 .0269 .0231 .0267 .0296 .0356
.0180 .0166 .0330 .0428 .0255 .0262 .0368 .0270 .0264 .0153 .0030 .0084 .0000 .0278 .0210
"""
cosine, shuffled, correlation = (
    np.array(block.split(), dtype=float) for block in PUBLISHED.strip().split("\n\n")
)
layers = np.arange(len(cosine))

figure, (left, right) = plt.subplots(1, 2, figsize=(9, 3.2), layout="constrained")
left.plot(layers, cosine, color=BLUE, label="as they are")
left.plot(layers, shuffled, "--", color=ORANGE, label="one of them shuffled")
left.set(xlabel="layer", ylabel="cosine", ylim=(0, 1.05), title="Cosine of the two models' norms")
left.legend(loc="lower right", frameon=False)
right.axhspan(-2 / 64, 2 / 64, color=GREY, alpha=0.2, lw=0, label="two strangers, 19 layers of 20")
right.plot(layers, correlation, ".", color=BLUE)
right.set(xlabel="layer", ylabel="correlation", ylim=(-1, 1), title="Correlation: what is left")
right.legend(loc="lower right", frameon=False)
plt.show()

# %% [markdown]
# **See:** on the left the two lines lie on each other. The cosine of 0.99 is there after the values were
# shuffled, when nothing of one model can be in the other any more. On the right nothing is left.
#
# **Do not conclude** that the models are independent. Norms are 0.0004 % of such a model, and
# another training can move them. They show nothing here, in either direction.
#
# Any two models do this. `compare` always sets the shuffled cosine beside the cosine. Here it compares two small
# models that modelkin makes from different random numbers:

# %%
subprocess.run(
    [sys.executable, "-m", "modelkin", "demo", "--quiet", "--keep", "models"],
    check=True,
    stdout=subprocess.DEVNULL,
)
strangers = mk.compare("models/dense-a", "models/dense-b")
for group in strangers.summary.by_role:
    if group.role and group.cosine_similarity and group.shuffled_cosine and group.pearson_correlation:
        print(
            f"{group.role:34}cosine {group.cosine_similarity.median:7.4f}"
            f"  shuffled {group.shuffled_cosine.median:7.4f}"
            f"  correlation {group.pearson_correlation.median:7.4f}"
        )

# %% [markdown]
# ## Trap 2: "182 sigma" from the wrong strangers
#
# The accusation set the cosines between the models against cosines within one of them, and divided the
# difference by the spread of both. These are its eight numbers, and its arithmetic:

# %%
between = np.array([0.981094, 0.991792, 0.991429, 0.991635])  # layers 10, 20, 30 and 40 of Solar and of GLM
within = np.array([0.375810, 0.375664, 0.377255, 0.379035])  # layer 0 of GLM and its layers 10, 20, 30 and 40
spread = np.sqrt((between.var() + within.var()) / 2)
print(f"{(between.mean() - within.mean()) / spread:.0f} sigma")

# %% [markdown]
# The baseline is layer 0. It reads raw embeddings, and its norms are like no other layer's. Here are other
# baselines that were published:

# %%
GROUPS = {
    "layer 0 with 10 to 40\nof the same model": [*within, 0.3731, 0.3773, 0.3771, 0.3761],
    "other layers\nof the same model": [0.9882, 0.9960, 0.9982, 0.9976],
    "layer 10 of models\nthat no one suspects": [0.9776, 0.9408, 0.9881, 0.9497, 0.9465],
    "layer 10 of\nSolar and GLM": [0.9811],
    "random vectors\nof mean 1, sd 0.1": [0.9901],
}
figure, axes = plt.subplots(figsize=(9, 3.2), layout="constrained")
for place, (name, values) in enumerate(GROUPS.items()):
    colour = ORANGE if "Solar" in name else BLUE
    axes.plot(values, np.full(len(values), -place), "o", color=colour, alpha=0.7)
axes.set_yticks(-np.arange(len(GROUPS)), list(GROUPS))
axes.set(xlabel="published cosine of input norms", xlim=(0.3, 1.02))
axes.grid(axis="x", color="#e5e5e5")
plt.show()

# %% [markdown]
# **See:** Solar and GLM lie among pairs that nobody suspects (Solar, GLM, Phi-3.5-MoE and Mixtral, two at a
# time), and among random vectors. Only the chosen baseline lies elsewhere.
#
# **Do not conclude** anything from a number of sigmas before you know what varied. Here it was eight cosines of
# two models. What should vary is which models are compared:

# %%
others = np.array(GROUPS["layer 10 of models\nthat no one suspects"])
distance = (0.9811 - others.mean()) / others.std(ddof=1)
print(f"Solar and GLM at layer 10: {distance:.1f} standard deviations from pairs of strangers")

# %% [markdown]
# ## Trap 3: a matrix is not a million samples
#
# A correlation over n independent numbers has a standard deviation of 1/sqrt(n). A weight matrix has
# millions of entries, so that a correlation of 0.001 looks like many sigma. But its entries are not independent.
#
# Here are 300 pairs of made-up strangers. Each has output weights for 512 tokens in 128 coordinates, and has
# pushed the tokens that it never saw in a direction of its own, as training does. They share which tokens those are,
# and nothing else.

# %%
TOKENS, COORDINATES, PAIRS = 512, 128, 300
unseen = (np.arange(TOKENS) % 2 == 0)[:, None]


def output_weights() -> Array:
    """Returns a stranger's output weights, of shape (tokens, coordinates)."""
    noise = 0.3 * random.normal(size=(TOKENS, COORDINATES))
    weights: Array = noise + unseen * random.normal(size=COORDINATES)
    return weights


def z_of_entries(a: Array, b: Array) -> float:
    """Returns r sqrt(n), as if the n entries were independent."""
    return float(np.corrcoef(a.ravel(), b.ravel())[0, 1] * np.sqrt(a.size))


def z_of_order(a: Array, b: Array) -> float:
    """Returns how far the sum over equal coordinates is from that over coordinates in random order, in
    standard deviations of the latter.
    """
    products = a.T @ b
    products -= products.mean(axis=0) + products.mean(axis=1, keepdims=True) - products.mean()
    return float(np.trace(products) / np.sqrt((products**2).sum() / (len(products) - 1)))


by_entries, by_order = [], []
for _ in range(PAIRS):
    one, other = output_weights(), output_weights()
    by_entries.append(z_of_entries(one, other))
    by_order.append(z_of_order(one, other))

figure, axes = plt.subplots(figsize=(9, 3), layout="constrained")
bins = np.arange(-75, 76, 2.5).tolist()
axes.hist(by_entries, bins, color=ORANGE, alpha=0.8, label="every entry a sample")
axes.hist(by_order, bins, color=BLUE, alpha=0.8, label="coordinates in random order")
axes.set(xlabel='"sigma" between two strangers', ylabel="pairs of 300")
axes.legend(frameon=False)
plt.show()
beyond = np.mean(np.abs(by_entries) > 5)
print(f"beyond 5 sigma: {beyond:.0%} of strangers by entries, {np.mean(np.abs(by_order) > 5):.0%} by order")

# %% [markdown]
# **See:** counted by entries, most pairs of strangers are beyond the 5 sigma that physics asks of a discovery.
# Counted by what can really be in one order or another, the 128 coordinates, none is.
#
# **Do not conclude** that a small correlation is never evidence. It is a question of how many things could
# have been otherwise. `trace` permutes coordinates, units and heads, and says which in every test.

# %% [markdown]
# ## Trap 4: 46 layers are not 46 witnesses
#
# The correlations of trap 1 are tiny, but most are positive: their mean is 0.0126. Each has a standard deviation
# of 1/64 by chance. Combined as if layers were independent, that gives a second false accusation.

# %%
z = correlation.mean() * 64 * np.sqrt(len(correlation))
print(f"mean correlation {correlation.mean():.4f}; if layers were independent: z = {z:.2f}")

# %% [markdown]
# Layers of one model are alike: correlations of 0.46 (Solar, layers 10 and 20) and 0.77 (GLM) were published.
# So a model that agrees with a stranger in one layer agrees in the others too. Here are 200 pairs of made-up
# strangers, with layers of one model alike by 0.6:


# %%
def norms_of_layers() -> Array:
    """Returns norms of shape (46 layers, 4096), of which any two layers correlate by 0.6."""
    common = random.standard_normal(4096, dtype=np.float32)
    own: Array = random.standard_normal((46, 4096), dtype=np.float32)
    return np.float32(0.6**0.5) * common + np.float32(0.4**0.5) * own


def correlations(a: Array, b: Array) -> Array:
    """Returns the correlation of each layer of `a` with that of `b`, of shape (layers,)."""
    a = a - a.mean(axis=1, keepdims=True)
    b = b - b.mean(axis=1, keepdims=True)
    found: Array = (a * b).sum(axis=1) / np.sqrt((a**2).sum(axis=1) * (b**2).sum(axis=1))
    return found


combined = np.array(
    [correlations(norms_of_layers(), norms_of_layers()).mean() * 64 * np.sqrt(46) for _ in range(200)]
)
figure, axes = plt.subplots(figsize=(9, 3), layout="constrained")
axes.hist(combined, np.arange(-16, 16.5, 1).tolist(), color=GREY, label="200 pairs of strangers")
INDEPENDENT = "if layers were independent"
expected = np.linspace(-16, 16, 400)
axes.plot(expected, 200 * np.exp(-(expected**2) / 2) / np.sqrt(2 * np.pi), color=BLUE, label=INDEPENDENT)
axes.axvline(z, color=ORANGE, label="published: Solar and GLM")
axes.set(xlabel="combined z", ylabel="pairs")
axes.legend(frameon=False)
plt.show()
print(f"strangers as far out as the published number: {np.mean(np.abs(combined) >= z):.0%}")

# %% [markdown]
# **See:** strangers' combined z is spread four times as wide as the blue line that the count of 46 promises. The
# published value is well inside.
#
# **Do not conclude** that this is the exact probability for the two real models: it depends on how alike their layers
# are, which is known for a few pairs. The authors of the accusation published a check that needs no model of
# this: the mean correlation of layers with the same number is 0.0130, of all others 0.0108. A copy made layer by
# layer would have the first well above the second.

# %% [markdown]
# ## Trap 5: equal lines of two configurations
#
# The two configurations have many values in common. `config` says how common each is among 152 public models.

# %%
SOLAR = """{"architectures": ["SolarOpenForCausalLM"], "model_type": "solar_open", "hidden_size": 4096,
"num_hidden_layers": 48, "num_attention_heads": 64, "num_key_value_heads": 8, "head_dim": 128,
"intermediate_size": 10240, "moe_intermediate_size": 1280, "n_routed_experts": 128, "n_shared_experts": 1,
"num_experts_per_tok": 8, "first_k_dense_replace": 0, "norm_topk_prob": true, "routed_scaling_factor": 1.0,
"vocab_size": 196608, "max_position_embeddings": 131072, "rope_theta": 1000000, "partial_rotary_factor": 1.0,
"rope_scaling": {"type": "yarn", "factor": 2.0, "original_max_position_embeddings": 65536},
"rms_norm_eps": 1e-05, "tie_word_embeddings": false, "torch_dtype": "bfloat16", "bos_token_id": 1,
"eos_token_id": 2, "pad_token_id": 2, "transformers_version": "4.57.1"}"""
GLM = """{"architectures": ["Glm4MoeForCausalLM"], "model_type": "glm4_moe", "attention_bias": true,
"hidden_size": 4096, "num_hidden_layers": 46, "num_attention_heads": 96, "num_key_value_heads": 8,
"head_dim": 128, "intermediate_size": 10944, "moe_intermediate_size": 1408, "n_routed_experts": 128,
"n_shared_experts": 1, "num_experts_per_tok": 8, "first_k_dense_replace": 1, "num_nextn_predict_layers": 1,
"n_group": 1, "topk_group": 1, "norm_topk_prob": true, "routed_scaling_factor": 1.0, "use_qk_norm": false,
"vocab_size": 151552, "max_position_embeddings": 131072, "rope_theta": 1000000, "rope_scaling": null,
"partial_rotary_factor": 0.5, "rms_norm_eps": 1e-05, "tie_word_embeddings": false, "torch_dtype": "bfloat16",
"eos_token_id": [151329, 151336, 151338], "pad_token_id": 151329, "transformers_version": "4.54.0"}"""
for name, text in {"solar-open-100b": SOLAR, "glm-4.5-air": GLM}.items():
    Path(name).mkdir(exist_ok=True)
    Path(name, "config.json").write_text(text)

configurations = mk.config("solar-open-100b", "glm-4.5-air")
print(f"{configurations.summary.same} of {configurations.summary.compared} values are the same")
equal = [
    (f"{row.key}: {row.values[0].value}", row.common.models / row.common.of)
    for group in configurations.groups
    for row in group.rows
    if row.same and row.common and row.common.of
]
figure, axes = plt.subplots(figsize=(9, 2.4), layout="constrained")
axes.barh([name for name, _ in equal], [share for _, share in equal], color=BLUE)
axes.invert_yaxis()
axes.set(xlabel="share of public models that have this value too", xlim=(0, 1))
plt.show()

# %% [markdown]
# **See:** the values that looked remarkable are those of a quarter to two thirds of all models.
#
# **Do not conclude** anything about weights from a configuration, in either direction. Whoever knows one can
# train from scratch with it. And a copy can be given another.

# %% [markdown]
# ## What would show it
#
# Weights that training made. A fine-tune keeps the order and the values of its base's coordinates, units
# and heads, and strangers have them in orders that have nothing to do with each other. The published control
# says the same of norms: GLM-4.5-Air and INTELLECT-3, which is known to be trained from it, correlate by 1.00.
#
# `trace` tests all of that at once, corrects for the number of tests, and gives one verdict. On the small models:

# %%
for candidate in ("models/dense-a-tuned", "models/dense-b"):
    result = mk.trace("models/dense-a", candidate)
    print(f"{candidate}: {result.verdict.category}\n  {result.sentence}\n")

# %% [markdown]
# For the two real models this takes their weights, and about a minute: `mk.trace("hf://org/one", "hf://org/other")`
# reads under 2 % of their bytes.
#
# ## Sources
#
# Numbers: github.com/ANLGBOY/solar-vs-glm-sanity-check (`layernorm_sanity.csv`, trap 1 and 4),
# github.com/sionic-ai/solar-vs-glm (the accusation, in its folder `origin`, its revision, and the control),
# github.com/chahero/solar-vs-glm-critique (`RESULTS.md`, traps 2 and 4). Configurations: as published with the
# models. What this tool reads off the two models' shapes is in `docs/three-models.md`.
