"""A model in the layout of glm4_moe whose weights are made up: not trained, but not alike either."""

import numpy

import checkpoints
import disguises

WIDTH, LAYERS, HEADS, GROUPS, SIZE, EXPERTS, EXPERT_WIDTH, DENSE_WIDTH, TOKENS = \
    64, 4, 8, 2, 16, 4, 48, 96, 256
SHARED_DIRECTIONS = 6
CONFIG = {"model_type": "glm4_moe", "hidden_size": WIDTH, "num_hidden_layers": LAYERS,
          "num_attention_heads": HEADS, "num_key_value_heads": GROUPS, "head_dim": SIZE,
          "attention_bias": True, "intermediate_size": DENSE_WIDTH,
          "moe_intermediate_size": EXPERT_WIDTH, "n_routed_experts": EXPERTS,
          "n_shared_experts": 1, "num_experts_per_tok": 2, "first_k_dense_replace": 1,
          "partial_rotary_factor": 0.5, "rope_theta": 10000.0, "rms_norm_eps": 1e-5,
          "vocab_size": TOKENS, "max_position_embeddings": 256, "norm_topk_prob": True,
          "routed_scaling_factor": 1.0, "n_group": 1, "topk_group": 1,
          "tie_word_embeddings": False, "hidden_act": "silu", "torch_dtype": "bfloat16"}


def filled(config, maker):
    """A model of that shape: weights, norms and vectors as `maker` draws them, in this order."""
    heads, groups, size = (config[key] for key in
                           ("num_attention_heads", "num_key_value_heads", "head_dim"))
    experts, expert_width = config["n_routed_experts"], config["moe_intermediate_size"]
    tensors = {}

    def weight(name, units, to_residual=False):
        values = maker.weight(name, units)
        tensors[name] = values.T.copy() if to_residual else values

    def mlp(prefix, units):
        weight(prefix + "gate_proj.weight", units)
        weight(prefix + "up_proj.weight", units)
        weight(prefix + "down_proj.weight", units, to_residual=True)

    weight("model.embed_tokens.weight", config["vocab_size"])
    weight("lm_head.weight", config["vocab_size"])
    tensors["model.norm.weight"] = maker.norm("model.norm.weight")
    for layer in range(config["num_hidden_layers"]):
        prefix = f"model.layers.{layer}."
        for name in ("input_layernorm.weight", "post_attention_layernorm.weight"):
            tensors[prefix + name] = maker.norm(prefix + name)
        for role, count in (("q", heads), ("k", groups), ("v", groups)):
            weight(f"{prefix}self_attn.{role}_proj.weight", count * size)
            if config["attention_bias"]:
                tensors[f"{prefix}self_attn.{role}_proj.bias"] = maker.bias(count * size)
        weight(prefix + "self_attn.o_proj.weight", heads * size, to_residual=True)
        if layer < config["first_k_dense_replace"]:
            mlp(prefix + "mlp.", config["intermediate_size"])
            continue
        weight(prefix + "mlp.gate.weight", experts)
        tensors[prefix + "mlp.gate.e_score_correction_bias"] = maker.correction(experts)
        mlp(prefix + "mlp.shared_experts.", expert_width)
        for expert in range(experts):
            mlp(f"{prefix}mlp.experts.{expert}.", expert_width)
    dtypes = {name: "F32" if name.endswith("correction_bias") else "BF16" for name in tensors}
    tensors = {name: values.astype(numpy.float32) for name, values in tensors.items()}
    return checkpoints.Model(tensors, dtypes, dict(config)).rounded()


class Plain:
    """Scales of residual coordinates are in part those of all models, as of models trained on one text."""

    def __init__(self, seed):
        self.random = numpy.random.default_rng(seed)
        common = numpy.random.default_rng(0)
        self.scales = self.random.permutation(numpy.exp(
            0.3 * common.standard_normal(WIDTH) + 0.2 * self.random.standard_normal(WIDTH)))

    def weight(self, name, units):
        del name
        values = 0.05 * self.random.standard_normal((units, WIDTH)) * self.scales
        # A direction that units share, as learning gives.
        return values + (0.02 * self.random.standard_normal((units, 1))
                         * self.random.standard_normal(WIDTH))

    def norm(self, name):
        del name
        return 1 + 0.2 * self.random.standard_normal(WIDTH)

    def bias(self, count):
        return 0.1 * self.random.standard_normal(count)

    def correction(self, count):
        return self.random.standard_normal(count)


class TrainedLike:
    """As trained models are: a few coordinates far larger than others, in all tensors (their sizes are those of
    all models, which coordinates is the model's own); norms that go with the column scales of what reads them;
    some directions that many units share."""

    def __init__(self, seed, width):
        self.random, self.width = numpy.random.default_rng(seed), width
        outliers = numpy.zeros(width)
        outliers[:4] = numpy.log([6, 4, 3, 2])
        self.common = self.random.permutation(
            outliers + 0.1 * numpy.random.default_rng(0).standard_t(4, width))
        self.scales = {}

    def scale_of(self, norm):
        """Logarithms of the column scales of what reads a norm: shared by its readers."""
        if norm not in self.scales:
            self.scales[norm] = self.common + 0.08 * self.random.standard_t(4, self.width)
        return self.scales[norm]

    def weight(self, name, units):
        scales = self.common if (norm := disguises.norm_before(name)) is None \
            else self.scale_of(norm)
        scales = numpy.exp(scales + 0.05 * self.random.standard_normal(self.width))
        strengths = 0.3 * 0.85 ** numpy.arange(SHARED_DIRECTIONS)
        shared = (self.random.standard_normal((units, SHARED_DIRECTIONS)) * strengths
                  @ self.random.standard_normal((SHARED_DIRECTIONS, self.width)))
        return 0.05 * (self.random.standard_normal((units, self.width)) + shared) * scales

    def norm(self, name):
        """Narrower than the scales, and mostly smaller than 1, as after training with decay."""
        return 0.85 * numpy.exp(0.4 * self.scale_of(name)
                                + 0.03 * self.random.standard_normal(self.width))

    def bias(self, count):
        return 0.1 * self.random.standard_t(4, count)

    def correction(self, count):
        return 0.1 * self.random.standard_normal(count)


def made_up_model(seed):
    return filled(CONFIG, Plain(seed))


def trained_like_model(seed):
    """Twice as wide, of the shape of the models that docs/kinship.md was made with."""
    config = CONFIG | {"hidden_size": 128, "intermediate_size": 384, "moe_intermediate_size": 96,
                       "n_routed_experts": 8}
    return filled(config, TrainedLike(seed, config["hidden_size"]))
