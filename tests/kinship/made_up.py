"""A model in the layout of glm4_moe whose weights are made up: not trained, but not alike either."""

import numpy

import checkpoints

WIDTH, LAYERS, HEADS, GROUPS, SIZE, EXPERTS, EXPERT_WIDTH, DENSE_WIDTH, TOKENS = \
    64, 4, 8, 2, 16, 4, 48, 96, 256
CONFIG = {"model_type": "glm4_moe", "hidden_size": WIDTH, "num_hidden_layers": LAYERS,
          "num_attention_heads": HEADS, "num_key_value_heads": GROUPS, "head_dim": SIZE,
          "attention_bias": True, "intermediate_size": DENSE_WIDTH,
          "moe_intermediate_size": EXPERT_WIDTH, "n_routed_experts": EXPERTS,
          "n_shared_experts": 1, "num_experts_per_tok": 2, "first_k_dense_replace": 1,
          "partial_rotary_factor": 0.5, "rope_theta": 10000.0, "rms_norm_eps": 1e-5,
          "vocab_size": TOKENS, "max_position_embeddings": 256, "norm_topk_prob": True,
          "routed_scaling_factor": 1.0, "n_group": 1, "topk_group": 1,
          "tie_word_embeddings": False, "hidden_act": "silu", "torch_dtype": "bfloat16"}


def made_up_model(seed):
    """Scales of residual coordinates are in part those of all models, as of models trained on one text."""
    random = numpy.random.default_rng(seed)
    common = numpy.random.default_rng(0)
    scales = random.permutation(numpy.exp(0.3 * common.standard_normal(WIDTH)
                                          + 0.2 * random.standard_normal(WIDTH)))
    tensors = {}

    def weight(name, units, to_residual=False):
        values = 0.05 * random.standard_normal((units, WIDTH)) * scales
        # A direction that units share, as learning gives.
        values += 0.02 * random.standard_normal((units, 1)) * random.standard_normal(WIDTH)
        tensors[name] = values.T.copy() if to_residual else values

    def mlp(prefix, units):
        weight(prefix + "gate_proj.weight", units)
        weight(prefix + "up_proj.weight", units)
        weight(prefix + "down_proj.weight", units, to_residual=True)

    weight("model.embed_tokens.weight", TOKENS)
    weight("lm_head.weight", TOKENS)
    tensors["model.norm.weight"] = 1 + 0.2 * random.standard_normal(WIDTH)
    for layer in range(LAYERS):
        prefix = f"model.layers.{layer}."
        for norm in ("input_layernorm", "post_attention_layernorm"):
            tensors[f"{prefix}{norm}.weight"] = 1 + 0.2 * random.standard_normal(WIDTH)
        for role, heads in (("q", HEADS), ("k", GROUPS), ("v", GROUPS)):
            weight(f"{prefix}self_attn.{role}_proj.weight", heads * SIZE)
            tensors[f"{prefix}self_attn.{role}_proj.bias"] = \
                0.1 * random.standard_normal(heads * SIZE)
        weight(prefix + "self_attn.o_proj.weight", HEADS * SIZE, to_residual=True)
        if layer == 0:
            mlp(prefix + "mlp.", DENSE_WIDTH)
            continue
        weight(prefix + "mlp.gate.weight", EXPERTS)
        tensors[prefix + "mlp.gate.e_score_correction_bias"] = random.standard_normal(EXPERTS)
        mlp(prefix + "mlp.shared_experts.", EXPERT_WIDTH)
        for expert in range(EXPERTS):
            mlp(f"{prefix}mlp.experts.{expert}.", EXPERT_WIDTH)
    dtypes = {name: "F32" if name.endswith("correction_bias") else "BF16" for name in tensors}
    tensors = {name: values.astype(numpy.float32) for name, values in tensors.items()}
    return checkpoints.Model(tensors, dtypes, dict(CONFIG)).rounded()
