#!/usr/bin/env python3
"""Strangers among trained encoders of images, and among trained decoders with other layers than attention's or
with tables of their own: how small their p get.

Trains small models on the same data from other random numbers, traces all pairs, and prints for each
test how often p is under 0.05 and 0.01, and the smallest. Needs torch and transformers (scripts/parity).

    components.py --modelkin build/release/bin/modelkin --models 12 --steps 150
"""

import argparse
import itertools
import json
import os
import subprocess
import tempfile
from collections import defaultdict

import torch
import transformers as tf

CLASSES = 8


def stripes(count, generator):
    """Images of stripes and of their classes: direction and width."""
    labels = torch.randint(CLASSES, (count,), generator=generator)
    angle = (labels % 4) * torch.pi / 4
    width = 0.4 + 0.5 * (labels // 4)
    grid = torch.arange(28.0)
    x, y = torch.meshgrid(grid, grid, indexing="ij")
    phase = 6.3 * torch.rand(count, generator=generator)
    along = x * angle.cos()[:, None, None] + y * angle.sin()[:, None, None]
    image = torch.sin(along * width[:, None, None] + phase[:, None, None])
    noise = torch.randn((count, 3, 28, 28), generator=generator)
    return image[:, None].expand(-1, 3, -1, -1) + 0.5 * noise, labels


def text(count, generator):
    """Sequences in which each token follows from the two before it, most of the time."""
    ids = torch.randint(64, (count, 32), generator=generator)
    for i in range(2, 32):
        known = torch.rand(count, generator=generator) < 0.8
        ids[:, i] = torch.where(known, (5 * ids[:, i - 1] + 3 * ids[:, i - 2] + 1) % 64, ids[:, i])
    return ids


def vision(seed):
    torch.manual_seed(seed)
    model = tf.SiglipVisionModel(tf.SiglipVisionConfig(
        hidden_size=64, intermediate_size=128, num_hidden_layers=3, num_attention_heads=4, image_size=28, patch_size=7))
    head = torch.nn.Linear(64, CLASSES)

    def loss(generator):
        images, labels = stripes(32, generator)
        return torch.nn.functional.cross_entropy(head(model(pixel_values=images).pooler_output), labels)

    return model, [*model.parameters(), *head.parameters()], loss


# Of each the layers that it is here for.
DECODERS = {
    "linear": ("qwen3_5_text", dict(num_hidden_layers=4, linear_num_key_heads=2, linear_num_value_heads=4,
                                    linear_key_head_dim=16, linear_value_head_dim=16)),
    "mamba": ("bamba", dict(num_hidden_layers=4, attn_layer_indices=[2], mamba_n_heads=8, mamba_d_head=16,
                            mamba_n_groups=2, mamba_d_state=16, mamba_chunk_size=32)),
    "mamba_1": ("jamba", dict(num_hidden_layers=4, attn_layer_period=4, attn_layer_offset=2, num_experts=1,
                              num_experts_per_tok=1, mamba_d_state=16, use_mamba_kernels=False)),
    "convolution": ("lfm2", dict(layer_types=["conv", "conv", "full_attention", "conv"], num_hidden_layers=4,
                                 block_auto_adjust_ff_dim=False)),
    "latent_experts": ("nemotron_h", dict(layers_block_type=["mamba", "moe", "attention", "moe"], mamba_num_heads=8,
                                          mamba_head_dim=16, n_groups=2, ssm_state_size=16, n_routed_experts=4,
                                          num_experts_per_tok=2, moe_intermediate_size=64, moe_latent_size=32,
                                          moe_shared_expert_intermediate_size=64)),
    "per_layer": ("gemma4_text", dict(num_hidden_layers=4, global_head_dim=16, hidden_size_per_layer_input=16,
                                      vocab_size_per_layer_input=64, num_kv_shared_layers=2, sliding_window=8,
                                      layer_types=["sliding_attention", "full_attention"] * 2)),
}


def decoder(kind, seed):
    model_type, own = DECODERS[kind]
    torch.manual_seed(seed)
    model = tf.AutoModelForCausalLM.from_config(tf.AutoConfig.for_model(
        model_type, **{**dict(hidden_size=64, intermediate_size=128, num_attention_heads=4, num_key_value_heads=2,
                              head_dim=16, vocab_size=64, max_position_embeddings=64, pad_token_id=0), **own}))

    def loss(generator):
        ids = text(16, generator)
        return model(input_ids=ids, labels=ids).loss

    return model, list(model.parameters()), loss


def train(kind, seed, steps, folder):
    """One model, on batches that all models see in one order."""
    model, parameters, loss = vision(seed) if kind == "vision" else decoder(kind, seed)
    generator = torch.Generator().manual_seed(1)
    optimizer = torch.optim.AdamW(parameters, lr=2e-3, weight_decay=0.05)
    first = last = None
    for _ in range(steps):
        value = loss(generator)
        optimizer.zero_grad()
        value.backward()
        optimizer.step()
        first, last = first or value.item(), value.item()
    model.to(torch.bfloat16).save_pretrained(folder)
    return first, last


def trace(modelkin, a, b):
    done = subprocess.run([modelkin, "trace", a, b, "--json", "--permutations", "20000"],
                          capture_output=True, text=True, check=True)
    return json.loads(done.stdout)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--modelkin", default="build/release/bin/modelkin")
    parser.add_argument("--models", type=int, default=12)
    parser.add_argument("--first-seed", type=int, default=0)
    parser.add_argument("--only", choices=("vision", *DECODERS))
    parser.add_argument("--steps", type=int, default=150)
    options = parser.parse_args()
    for kind in ("vision", *DECODERS):
        if options.only not in (None, kind):
            continue
        with tempfile.TemporaryDirectory() as folder:
            places = [os.path.join(folder, str(seed)) for seed in range(options.first_seed, options.first_seed + options.models)]
            losses = [train(kind, int(os.path.basename(place)), options.steps, place) for place in places]
            print(f"{kind}: {options.models} models, loss {sum(x for x, _ in losses) / len(losses):.2f} "
                  f"to {sum(x for _, x in losses) / len(losses):.2f}")
            found, verdicts = defaultdict(list), defaultdict(int)
            for a, b in itertools.combinations(places, 2):
                results = trace(options.modelkin, a, b)
                verdicts[results["verdict"]["category"]] += 1
                for test in results["tests"]:
                    if test["skipped"] is None and not test["name"].endswith("_in_fitted_basis"):
                        found[test["name"]].append(10 ** test["log10_p"])
        print("  verdicts:", dict(verdicts))
        for name, p in sorted(found.items()):
            print(f"  {name:24} n {len(p):3}  p < 0.05: {sum(x < 0.05 for x in p):2}  p < 0.01: "
                  f"{sum(x < 0.01 for x in p):2}  smallest {min(p):.2g}")


if __name__ == "__main__":
    main()
