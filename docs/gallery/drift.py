# %% [markdown]
# # What moved in training?
#
# A training run has its loss. It also moves weights: some layers much, some hardly, early more than late. modelkin reads
# a model of the running program where it lies, so that a training loop can ask without writing a file.
#
# This notebook trains a Llama of 4 layers on made-up text, with the Trainer of transformers, and asks on the way.
# It needs torch, transformers and accelerate, and takes half a minute on two cores.

# %%
from __future__ import annotations

from typing import Any

import matplotlib.pyplot as plt
import numpy as np
import torch
import transformers

import modelkin as mk
from modelkin.results import DynamicsResult

plt.rcParams.update({"figure.dpi": 90, "axes.spines.top": False, "axes.spines.right": False})
transformers.utils.logging.set_verbosity_error()  # type: ignore[no-untyped-call]
transformers.set_seed(4)
torch.set_num_threads(1)  # small matrices gain nothing from more

# %% [markdown]
# ## A callback
#
# This is all it takes. At the start it copies the weights. Every few steps `compare` sets the model as it is beside
# that copy, and its summary has the size of the change by layer. `quantiles=False` leaves out what takes longest.


# %%
class DriftCallback(transformers.TrainerCallback):
    """Logs how far each layer is from where it began, every `every` steps.

    A drift is |W - W0| / |W0|, the largest of a layer's weights. `drifts[step][layer]` keeps them.
    """

    def __init__(self, every: int) -> None:
        self.every = every
        self.drifts: dict[int, dict[int, float]] = {}
        self.checkpoints: list[dict[str, torch.Tensor]] = []

    def on_train_begin(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
        self.checkpoints = [self.copy_of(kwargs["model"])]

    def on_step_end(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
        model = kwargs["model"]
        if state.global_step % self.every:
            return
        moved = mk.compare(self.checkpoints[0], model.state_dict(), quantiles=False)
        self.drifts[state.global_step] = {
            group.layer: group.rel_l2_a.max
            for group in moved.summary.by_layer
            if group.layer is not None and group.rel_l2_a is not None
        }
        self.checkpoints.append(self.copy_of(model))  # for the second half of this notebook

    @staticmethod
    def copy_of(model: Any) -> dict[str, torch.Tensor]:
        """Returns a copy of a model's state dict."""
        return {name: tensor.detach().clone() for name, tensor in model.state_dict().items()}


# %% [markdown]
# ## A run
#
# The text has 64 tokens, of which each mostly decides the next one. Layer 2 is frozen, to see whether that shows.

# %%
LAYERS, STEPS, FROZEN = 4, 80, 2
successors = torch.randperm(64)


def text(length: int = 48) -> torch.Tensor:
    """Returns token ids of shape (length,): the successor of the one before, or one in ten times any."""
    ids = [int(torch.randint(64, ()))]
    while len(ids) < length:
        ids.append(int(successors[ids[-1]] if torch.rand(()) < 0.9 else torch.randint(64, ())))
    return torch.tensor(ids)


model = transformers.LlamaForCausalLM(
    transformers.LlamaConfig(
        vocab_size=64,
        hidden_size=128,
        intermediate_size=256,
        num_hidden_layers=LAYERS,
        num_attention_heads=4,
        num_key_value_heads=2,
    )
)
model.model.layers[FROZEN].requires_grad_(False)
drift = DriftCallback(every=10)
trainer = transformers.Trainer(
    model=model,
    args=transformers.TrainingArguments(
        output_dir="run",
        max_steps=STEPS,
        per_device_train_batch_size=16,
        learning_rate=3e-3,
        lr_scheduler_type="cosine",
        logging_steps=10,
        save_strategy="no",
        report_to=[],
        use_cpu=True,
        disable_tqdm=True,
    ),
    train_dataset=[{"input_ids": ids, "labels": ids} for ids in (text() for _ in range(512))],
    callbacks=[drift],
)
trainer.remove_callback(transformers.PrinterCallback)
trainer.train()
losses = [entry["loss"] for entry in trainer.state.log_history if "loss" in entry]
print("loss:", " ".join(f"{loss:.2f}" for loss in losses))

# %%
steps = list(drift.drifts)
figure, axes = plt.subplots(figsize=(9, 3), layout="constrained")
for layer in range(LAYERS):
    axes.plot(steps, [drift.drifts[step][layer] for step in steps], ".-", label=f"layer {layer}")
axes.set(xlabel="step", ylabel="|W - W0| / |W0|", ylim=(0, None))
axes.legend(frameon=False)
plt.show()

# %% [markdown]
# **See:** all layers move at first and settle as the learning rate falls. The frozen one lies at 0.
#
# **Do not conclude** that a layer that moved more learned more. A drift is in units of where it began, and weights that
# begin small move far in these units.
#
# ## The run as a series
#
# Three checkpoints or more, in order, are a run: `trace` of them says what happened from each to the next.

# %%
one, two, *later = drift.checkpoints
series = mk.trace(one, two, *later, series=True)
assert isinstance(series, DynamicsResult)
figure, (left, right) = plt.subplots(1, 2, figsize=(9, 3), layout="constrained")
moved = np.array([[np.nan if value is None else value for value in layer.drifts] for layer in series.layers])
image = left.imshow(moved, aspect="auto", cmap="Blues", vmin=0)
left.set(xlabel="step", ylabel="layer", yticks=range(LAYERS), title="change from one to the next")
left.set_xticks(range(len(steps)), [str(step) for step in steps])
figure.colorbar(image, ax=left)
right.plot(steps[1:], [np.nan if c is None else c for c in series.all.update_cosines], ".-", color="#2a6fb0")
right.axhline(0, color="#8c8c8c", lw=1)
right.set(xlabel="step", ylim=(-0.2, 1), title="cosine of a change with the one before")
plt.show()
print("by how much they moved last:", list(series.by_last_drift))
print(f"last change / largest: {series.all.still_moving:.2f}")

# %% [markdown]
# **See:** the change fades to a hundredth of the largest. Successive changes keep a direction, with cosines of 0.4
# to 0.7; steps to and fro would be below 0.
#
# **Do not conclude** that training is done because weights rest. The learning rate was taken to 0, and would
# have brought any run to rest.
#
# ## Is the end still the beginning's?
#
# A run is its own parent. `trace` finds the trained model to be built on the model of step 10, and not on
# another one of the same shape that was started from other random numbers.

# %%
transformers.set_seed(5)
other = transformers.LlamaForCausalLM(model.config)
for label, candidate in (("step 10", drift.checkpoints[1]), ("another start", other.state_dict())):
    print(f"{label}: {mk.trace(candidate, model.state_dict()).verdict.category}")
