"""The reference: what transformers computes from a checkpoint on disk, layer by layer and router by router."""

import copy
import dataclasses
import os
import re

os.environ.setdefault("HF_HUB_OFFLINE", "1")
os.environ.setdefault("TRANSFORMERS_VERBOSITY", "error")

import torch
import transformers
import transformers.vision_utils

from families import MODELS

torch.set_num_threads(1)
transformers.logging.set_verbosity_error()
transformers.logging.disable_progress_bar()


@dataclasses.dataclass
class Routing:
    """Choices of one layer for one text, sorted by weight, and how close the closest decision was."""

    choices: torch.Tensor  # [T, k] int64
    weights: torch.Tensor  # [T, k] float32
    gaps: torch.Tensor  # [T] float32: smallest relative gap between a score that won and the next that lost


@dataclasses.dataclass
class Reference:
    ids: torch.Tensor
    hidden: torch.Tensor  # [L + 1, T, H]: before the first layer, then after each; not normed
    final: torch.Tensor  # [T, H]: after the final norm
    logits: torch.Tensor | None  # [T, V]; an encoder has none
    routers: dict[int, Routing]
    # Of encoders of images.
    grid: torch.Tensor | None = None  # [3]: frames, rows and columns of patches
    pooled: torch.Tensor | None = None  # [rows, H']: what the encoder hands on
    deepstack: list[torch.Tensor] = dataclasses.field(default_factory=list)  # and of some layers


def use_published_phimoe():
    """Gives phimoe the long factors beyond its original length, as its authors and transformers 4 do.

    transformers 5.24 computes its frequencies without a length there, and so from the short factors at any length.
    """
    from transformers.models.phimoe.modeling_phimoe import PhimoeRotaryEmbedding

    def forward(self, x, position_ids=None):
        length, rope = int(position_ids.max()) + 1, self.config.rope_parameters
        frequencies, scale = self.rope_init_fn(self.config, seq_len=length)
        if rope["rope_type"] != "default":
            scale = rope["long_mscale" if length > rope["original_max_position_embeddings"] else "short_mscale"]
        angles = position_ids[..., None].float() * frequencies
        angles = torch.cat((angles, angles), dim=-1)
        return (angles.cos() * scale).to(x.dtype), (angles.sin() * scale).to(x.dtype)

    PhimoeRotaryEmbedding.forward = forward


def load_model(family, folder, dtype=torch.float32):
    model, info = MODELS[family].from_pretrained(
        folder, dtype=dtype, attn_implementation="eager", output_loading_info=True
    )
    lost = {key: info[key] for key in ("missing_keys", "mismatched_keys") if info.get(key)}
    if lost:
        raise ValueError(f"{folder}: transformers does not find all of its tensors: {lost}")
    if model._can_set_experts_implementation():
        model.set_experts_implementation("eager")
    return model.eval()


def _gap(won, lost):
    """Relative distance between the least that won and the most that lost, by rows."""
    low, high = won.min(-1).values, lost.max(-1).values
    gap = (low - high) / torch.maximum(low.abs(), high.abs()).clamp_min(1e-30)
    return torch.where(high.isneginf(), torch.full_like(gap, float("inf")), gap)


def _top_gap(scores, count):
    if count >= scores.shape[-1]:
        return torch.full(scores.shape[:-1], float("inf"))
    ranked = scores.sort(-1, descending=True).values
    return _gap(ranked[..., :count], ranked[..., count:])


def _grouped_gaps(module, logits):
    scores = logits.sigmoid() + module.e_score_correction_bias
    groups = scores.view(len(scores), module.num_group, -1)
    group_scores = groups.topk(2, -1).values.sum(-1)
    open_groups = group_scores.topk(module.topk_group, -1).indices
    mask = torch.ones_like(group_scores, dtype=torch.bool).scatter(1, open_groups, False)
    masked = groups.masked_fill(mask[..., None], float("-inf")).flatten(1)
    return torch.minimum(_top_gap(group_scores, module.topk_group), _top_gap(masked, module.top_k))


def _mixer_gaps(logits, noise):
    """sparsemixer: two choices in turn, and for each a threshold that decides who shares the softmax."""
    rest, gaps = logits, []
    for _ in range(2):
        best, index = rest.max(-1, keepdim=True)
        distance = (best - logits) / logits.abs().clamp(min=best)
        near = ((distance - 2 * noise).abs() / (2 * noise)).masked_fill(rest.isneginf(), float("inf"))
        gaps += [_top_gap(rest, 1), near.min(-1).values]
        rest = rest.scatter(-1, index, float("-inf"))
    return torch.stack(gaps).min(0).values


def _routing(module, arguments, output):
    name = module.__class__.__name__
    if name == "Llama4Router":  # scores of all, 0 for those not chosen, and logits
        scores, logits = (part.detach().float() for part in output)
        weights, choices = scores.topk(module.top_k, -1)
        return Routing(choices, weights, _top_gap(logits, module.top_k))
    logits, weights, choices = (part.detach() for part in output)
    logits, weights = logits.float(), weights.float()
    if name.startswith("MiniMaxM2"):  # its correction bias comes as an argument
        gaps = _top_gap(logits.sigmoid() + arguments[1], module.top_k)
    elif hasattr(module, "e_score_correction_bias"):
        gaps = _grouped_gaps(module, logits)
    elif hasattr(module, "router_jitter_noise"):
        gaps = _mixer_gaps(logits, module.router_jitter_noise)
    else:
        gaps = _top_gap(logits if name.startswith("GptOss") else logits.softmax(-1), module.top_k)
    order = weights.sort(dim=-1, descending=True, stable=True).indices
    return Routing(choices.gather(-1, order), weights.gather(-1, order), gaps)


def _layers(model):
    for path in ("model.layers", "transformer.h", "transformer.layer", "encoder.layer", "layers"):
        try:
            return model.get_submodule(path)
        except AttributeError:
            continue
    raise ValueError(f"{type(model).__name__}: no layers")


def _first(output):
    return output[0] if isinstance(output, tuple) else output


def run_text(model, ids):
    """One text alone, without padding or cache. The model is copied: dynamic rope remembers earlier lengths."""
    model = copy.deepcopy(model)
    hidden, final, routers = [], [], {}

    def keep_input(_module, args, kwargs):
        hidden.append((args[0] if args else kwargs["hidden_states"]).detach().clone())

    layers = _layers(model)
    layers[0].register_forward_pre_hook(keep_input, with_kwargs=True)
    for layer in layers:
        layer.register_forward_hook(lambda _m, _a, output: hidden.append(_first(output).detach().clone()))
    for path in ("model.norm", "model.final_layernorm", "transformer.ln_f"):
        if path in dict(model.named_modules()):
            model.get_submodule(path).register_forward_hook(lambda _m, _a, output: final.append(output.detach()))
    for name, module in model.named_modules():
        if module.__class__.__name__.endswith(("TopkRouter", "TopKRouter", "Llama4Router")):
            layer = int(re.search(r"layers\.(\d+)\.", name)[1])
            module.register_forward_hook(
                lambda m, a, output, layer=layer: routers.__setitem__(layer, _routing(m, a, output))
            )
    with torch.no_grad():
        output = model(input_ids=ids[None], use_cache=False)
    logits = getattr(output, "logits", None)
    return Reference(
        ids=ids,
        hidden=torch.cat(hidden).float(),
        final=(final[0] if final else output.last_hidden_state)[0].float(),
        logits=None if logits is None else logits[0].float(),
        routers=dict(sorted(routers.items())),
    )


def _in_rows_order(states, model, grid):
    """States of patches as they came; Qwen2.5's encoder brings a window's together first."""
    if not hasattr(model, "window_size"):
        return states
    joined = model.spatial_merge_size
    order, _ = transformers.vision_utils.get_vision_window_index(
        torch.tensor([grid]), spatial_merge_size=joined, window_size=model.window_size, patch_size=model.patch_size
    )
    squares = states.reshape(len(order), joined * joined, -1)
    return squares[order.argsort()].reshape(states.shape)


def _run_patches(model, patches, grid):
    hidden = []
    hooks = [
        model.blocks[0].register_forward_pre_hook(
            lambda _m, args, kwargs: hidden.append((args[0] if args else kwargs["hidden_states"]).detach().clone()),
            with_kwargs=True,
        )
    ]
    hooks += [block.register_forward_hook(lambda _m, _a, out: hidden.append(_first(out).detach().clone())) for block in model.blocks]
    with torch.no_grad():
        output = model(patches, grid_thw=torch.tensor([grid]))
    for hook in hooks:
        hook.remove()
    hidden = [_in_rows_order(states, model, grid).float() for states in hidden]
    return Reference(ids=patches, hidden=torch.stack(hidden), final=hidden[-1], logits=None, routers={},
                     grid=torch.tensor(grid), pooled=output.pooler_output.float(),
                     deepstack=[rows.float() for rows in getattr(output, "deepstack_features", None) or []])  # fmt: skip


def _run_pixels(model, pixels):
    with torch.no_grad():
        output = model(pixel_values=pixels[None], output_hidden_states=True)
    pooled = None if output.pooler_output is None else output.pooler_output.float()
    # The last of the states that transformers gives is not normed yet here.
    return Reference(ids=pixels, hidden=torch.cat(output.hidden_states).float(), pooled=pooled,
                     final=output.last_hidden_state[0].float(), logits=None, routers={})  # fmt: skip


def run_images(family, folder, images, dtype=torch.float32):
    """What becomes of each image: pixels [channels, height, width] without a grid, or patches [patches, values] with
    one. The ids of a reference are these."""
    model = load_model(family, folder, dtype)
    return [
        _run_pixels(model, pixels.to(dtype)) if grid is None else _run_patches(model, pixels.to(dtype), grid)
        for pixels, grid in images
    ]


def run_texts(family, folder, texts, dtype=torch.float32):
    model = load_model(family, folder, dtype)
    return [run_text(model, torch.tensor(ids)) for ids in texts]
