"""How decoders of the second zoo are trained, and made from one another."""

import math
import re
import time

import numpy
import torch
import torch.nn.functional as F

import zoo_decoder as decoder

CONTEXT = 48
BATCH = 16
WARM_UP = 10
BALANCE_LOSS = 0.01
NESTED = (0.25, 0.5, 0.75, 1.0)  # shares that nested training draws from


class Lion(torch.optim.Optimizer):
    """Steps by the sign of a momentum (Chen et al., NeurIPS 2023)."""

    def __init__(self, groups, lr):
        super().__init__(groups, {"lr": lr, "weight_decay": 0.1})

    @torch.no_grad()
    def step(self, closure=None):
        for group in self.param_groups:
            for x in (x for x in group["params"] if x.grad is not None):
                mean = self.state[x].setdefault("mean", torch.zeros_like(x))
                step = (0.9 * mean + 0.1 * x.grad).sign()
                x.mul_(1 - group["lr"] * group["weight_decay"]).sub_(group["lr"] * step)
                mean.mul_(0.99).add_(x.grad, alpha=0.01)


OPTIMISERS = {"lion": (Lion, 2e-3), "nadam": (torch.optim.NAdam, 4e-3)}


def held_out(tokens):
    """Where the last twentieth begins, which no model is trained on."""
    return len(tokens) - len(tokens) // 20


def windows(tokens, starts):
    return torch.from_numpy(tokens[starts[:, None] + numpy.arange(CONTEXT + 1)].astype(numpy.int64))


def cross_entropy(logits, text):
    return F.cross_entropy(logits.flatten(0, 1), text[:, 1:].flatten())


def loss_of(config, p, text, random):
    """Cross entropy, as the configuration's nesting has it."""
    nesting, width = config.get("nesting"), decoder.sizes(config)[0]
    share = random.choice(NESTED) if nesting in ("hidden", "residual") else 1.0
    units = round(share * decoder.sizes(config)[4]) if nesting == "hidden" else None
    kept = round(share * width) if nesting == "residual" else None
    states, balance = decoder.states_of(config, p, text[:, :-1], units, kept)
    shown = [round(part * width) for part in NESTED] if nesting == "head" else [None]
    loss = sum(cross_entropy(decoder.logits_of(config, p, states[-1], part, kept), text)
               for part in shown) / len(shown)
    return loss + BALANCE_LOSS * balance


def distillation_loss(config, p, text, teacher, what):
    """From the teacher's logits alone; or from the text and its residual stream after every layer, but not
    before the first, which is its embedding: to learn that is to copy weights.
    """
    other_config, other = teacher
    states, _ = decoder.states_of(config, p, text[:, :-1])
    with torch.no_grad():
        targets, _ = decoder.states_of(other_config, other, text[:, :-1])
    logits = decoder.logits_of(config, p, states[-1])
    if what == "logits":
        with torch.no_grad():
            wanted = decoder.logits_of(other_config, other, targets[-1]).log_softmax(-1)
        return F.kl_div(logits.log_softmax(-1).flatten(0, 1), wanted.flatten(0, 1),
                        log_target=True, reduction="batchmean")
    apart = sum(F.mse_loss(x, y) / y.square().mean() for x, y in zip(states[1:], targets[1:]))
    return cross_entropy(logits, text) + apart


@torch.no_grad()
def evaluate(config, tensors, texts):
    """{language: loss} on 64 windows that no model was trained on, always the same."""
    losses = {}
    for language, tokens in texts.items():
        starts = numpy.random.default_rng(7).integers(held_out(tokens), len(tokens) - CONTEXT, 64)
        text = windows(tokens, starts)
        states, _ = decoder.states_of(config, tensors, text[:, :-1])
        losses[language] = round(float(cross_entropy(
            decoder.logits_of(config, tensors, states[-1]), text)), 3)
    return losses


def is_fixed(config, name):
    return name == decoder.POSITIONS and decoder.positions_of(config) == "sinusoidal_stored"


def train(config, tensors, tokens, seed, steps, optimiser, strength=1.0, lora=0, teacher=None,
          distilled=None, sparse=False):
    """(tensors, facts for lineage.json)

    strength: of the usual learning rate. lora: only changes of this rank to q, k, v, o are trained,
    and merged. teacher: (config, tensors) to be distilled from. sparse: zeros stay zeros.
    """
    limit, random = held_out(tokens) - CONTEXT - 1, numpy.random.default_rng(seed)
    p = {name: x.clone() for name, x in tensors.items()}
    zeros = {name: x != 0 for name, x in p.items() if sparse and x.dim() > 1}
    pairs = {}
    if lora:
        generator = torch.Generator().manual_seed(seed)
        for name in p:
            if re.search(r"[qkvo]_proj\.weight", name):
                rows, columns = p[name].shape
                right = torch.randn((lora, columns), generator=generator) / math.sqrt(columns)
                pairs[name] = (torch.zeros((rows, lora), requires_grad=True),
                               right.requires_grad_())
        learnt = [x for pair in pairs.values() for x in pair]
    else:
        learnt = [x.requires_grad_() for name, x in p.items() if not is_fixed(config, name)]
    kind, lr = OPTIMISERS[optimiser]
    lr *= strength
    stepper = kind(learnt, lr=lr)
    begin, losses = time.monotonic(), []
    for step in range(1, steps + 1):
        for group in stepper.param_groups:  # rises, then falls to 0 in a straight line
            group["lr"] = lr * min(step / WARM_UP, 1, (steps - step + 1) / (0.5 * steps))
        text = windows(tokens, random.integers(0, limit, BATCH))
        current = p | {name: p[name] + left @ right for name, (left, right) in pairs.items()}
        loss = distillation_loss(config, current, text, teacher, distilled) if teacher else \
            loss_of(config, current, text, random)
        stepper.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(learnt, 1.0)
        stepper.step()
        with torch.no_grad():
            for name, kept in zeros.items():
                p[name].mul_(kept)
        losses.append(loss.item())
    done = p | {name: p[name] + left @ right for name, (left, right) in pairs.items()}
    return {name: x.detach() for name, x in done.items()}, {
        "data_seed": seed, "steps": steps, "lr": round(lr, 9), "schedule": "linear",
        "optimiser": optimiser, "first_loss": round(losses[0], 3),
        "last_loss": round(sum(losses[-10:]) / len(losses[-10:]), 3),
        "seconds": round(time.monotonic() - begin, 1)}


# Ways to make a model from others without training.

def pruned(tensors, share):
    """Without the smallest weights of each matrix but the embeddings."""
    def change(name, x):
        if x.dim() < 2 or "embed" in name or "lm_head" in name:
            return x
        return x * (x.abs() > x.abs().flatten().kthvalue(int(share * x.numel())).values)
    return {name: change(name, x) for name, x in tensors.items()}


def mean_of(tensors, others, share):
    """share of the others."""
    return {name: x + share * (others[name] - x) for name, x in tensors.items()}


def upcycled(config, tensors, experts, seed, noise=0.1):
    """A mixture, whose experts are copies of their layer's MLP with noise, behind a new router.

    Hidden units are put into another order first, the same for all experts of a layer: a stranger can't
    tell.
    """
    generator = torch.Generator().manual_seed(seed)
    mixed = config | {"model_type": "mixtral", "architectures": ["MixtralForCausalLM"],
                      "num_local_experts": experts, "num_experts_per_tok": 2}
    made = {name: x for name, x in tensors.items() if ".mlp." not in name}
    for layer in range(decoder.sizes(config)[1]):
        gate, up, down = (tensors[name] for name in decoder.mlps(config, layer)[0])
        order = torch.randperm(len(gate), generator=generator)
        sources = gate[order], up[order], down[:, order]
        for names in decoder.mlps(mixed, layer):
            made |= {name: x + noise * x.std() * torch.randn(x.shape, generator=generator)
                     for name, x in zip(names, sources)}
        made[decoder.router(layer)] = 0.02 * torch.randn((experts, gate.shape[1]),
                                                         generator=generator)
    return mixed, {name: made[name] for name in decoder.shapes(mixed)}
