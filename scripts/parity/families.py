"""Small random configurations of each family, over everything that changes its mathematics.

Each function takes a Draw and returns a transformers configuration that transformers itself accepts.
"""

import random

import torch
import transformers as tf

from ropes import ALL, draw_max_positions, draw_rope

ABSENT = object()
ACTIVATIONS = ("silu", "silu", "gelu", "gelu_pytorch_tanh", "gelu_new", "relu", "quick_gelu")


class Draw:
    """Keyword arguments drawn from options; what is fixed by the caller wins over what is drawn."""

    def __init__(self, rng: random.Random, fixed: dict | None = None):
        self.rng, self.fixed, self.values = rng, dict(fixed or {}), {}

    def one_of(self, name, *options):
        value = self.rng.choice(options)
        value = self.fixed.get(name, value)
        if value is not ABSENT:
            self.values[name] = value
        return value

    def between(self, name, low, high):
        return self.one_of(name, *range(low, high + 1))

    def heads(self, dims=(4, 6, 8, 10), divide=False):
        """Heads, kv heads (a divisor) and the head's width; with `divide`, the width of the model is a multiple."""
        heads = self.one_of("num_attention_heads", 1, 2, 3, 4, 6)
        self.one_of("num_key_value_heads", *[n for n in range(1, heads + 1) if heads % n == 0])
        head_dim = self.one_of("head_dim", *dims)
        hidden = [n for n in range(12, 33) if n % heads == 0] if divide else list(range(11, 34, 2)) + [12, 16, 24]
        self.one_of("hidden_size", *hidden)
        return head_dim

    def body(self, layers=(2, 3)):
        self.one_of("vocab_size", 41, 47, 50, 53, 59)
        self.one_of("num_hidden_layers", *layers)
        self.one_of("rms_norm_eps", 1e-6, 1e-5, 1e-3)
        self.one_of("tie_word_embeddings", False, False, True)

    def rope(self, dim, kinds=ALL, partial=None):
        """rope_parameters; `fixed` may hold rope="yarn" (the type) or rope_parameters (as they are)."""
        rotary = int(dim * (partial or 1.0))
        if rotary % 2:  # default, linear, dynamic and llama3 round it up; the others break
            kinds = [kind for kind in kinds if kind not in ("yarn", "longrope")]
        if rotary == 2:  # its exponent is dim / (dim - 2)
            kinds = [kind for kind in kinds if kind != "dynamic"]
        kind = self.fixed.pop("rope", self.rng.choice(kinds))
        rope = draw_rope(self.rng, kind, rotary)
        if partial is not None:
            rope["partial_rotary_factor"] = partial
        rope.update(self.fixed.pop("rope_keys", {}))
        self.values["rope_parameters"] = self.fixed.pop("rope_parameters", rope)
        self.one_of("max_position_embeddings", draw_max_positions(self.rng, kind))
        return kind

    def grouped_experts(self):
        """Experts in groups of at least two, of which some groups are open and give k experts."""
        groups = self.one_of("n_group", 1, 1, 2, 3)
        each = self.rng.choice((2, 3, 4) if groups > 1 else (4, 5, 7))
        experts = self.one_of("n_routed_experts", groups * each)
        open_groups = self.one_of("topk_group", *range(1, max(groups, 2)))
        self.one_of("num_experts_per_tok", *range(1, min(4, open_groups * experts // groups) + 1))
        self.between("n_shared_experts", 1, 3)
        self.one_of("norm_topk_prob", True, False)
        self.one_of("routed_scaling_factor", 1.0, 2.5, 0.7)
        self.between("moe_intermediate_size", 5, 9)

    def windows(self, layers):
        self.one_of("use_sliding_window", True, True, False)
        self.between("sliding_window", 1, 6)
        if layers is not None:
            self.between("max_window_layers", 0, layers)
            mixed = [self.rng.choice(("full_attention", "sliding_attention")) for _ in range(layers)]
            self.one_of("layer_types", ABSENT, mixed if self.values["use_sliding_window"] else ABSENT)

    def make(self, config_class):
        unused = set(self.fixed) - set(self.values)
        self.values.update({name: self.fixed[name] for name in unused if self.fixed[name] is not ABSENT})
        return config_class(**self.values)


def solar_open(d):
    head_dim = d.heads()
    d.body()
    d.grouped_experts()
    d.one_of("hidden_act", *ACTIVATIONS)
    d.one_of("attention_bias", True, False)
    d.rope(head_dim)
    return d.make(tf.SolarOpenConfig)


def glm4_moe(d):
    head_dim = d.heads((4, 6, 8, 10, 12))
    d.body()
    d.grouped_experts()
    d.one_of("hidden_act", *ACTIVATIONS)
    d.one_of("attention_bias", True, False)
    d.one_of("use_qk_norm", True, False)
    d.one_of("first_k_dense_replace", 0, 1, 2)
    d.between("intermediate_size", 9, 15)
    d.one_of("num_mtp_layers", 0, 1)
    d.rope(head_dim, partial=d.fixed.pop("partial", d.rng.choice((0.5, 0.5, 1.0))))
    return d.make(tf.Glm4MoeConfig)


def phimoe(d):
    head_dim = d.heads()
    d.body()
    d.one_of("num_local_experts", 2, 3, 5, 6)
    d.values["num_experts_per_tok"] = 2
    d.between("intermediate_size", 5, 9)
    d.one_of("router_jitter_noise", 0.01, 0.1, 0.3)
    d.one_of("input_jitter_noise", 0.0, 0.01)
    d.one_of("attention_bias", True, False)
    d.one_of("lm_head_bias", True, False)
    d.one_of("sliding_window", None, 2, 5)
    d.one_of("hidden_act", *ACTIVATIONS)
    if d.rope(head_dim, ("default", "longrope", "longrope")) != "default":
        d.values["rope_parameters"].setdefault("short_mscale", d.rng.choice((1.0, 1.2)))
        d.values["rope_parameters"].setdefault("long_mscale", d.rng.choice((0.9, 1.3)))
    return d.make(tf.PhimoeConfig)


def llama(d):
    head_dim = d.heads(divide=True)
    d.body()
    d.between("intermediate_size", 9, 21)
    d.one_of("hidden_act", *ACTIVATIONS)
    d.one_of("attention_bias", True, False)
    d.one_of("mlp_bias", True, False)
    d.rope(head_dim)
    return d.make(tf.LlamaConfig)


def mistral(d):
    head_dim = d.heads()
    d.body()
    d.between("intermediate_size", 9, 21)
    d.one_of("hidden_act", *ACTIVATIONS)
    d.one_of("sliding_window", None, 1, 3, 5)
    d.rope(head_dim)
    return d.make(tf.MistralConfig)


def windowed_decoder(d):
    head_dim = d.heads()
    d.body(layers=(2, 3, 4))
    d.between("intermediate_size", 9, 17)
    d.one_of("hidden_act", *ACTIVATIONS)
    d.windows(d.values["num_hidden_layers"])
    d.rope(head_dim)


def qwen2(d):
    windowed_decoder(d)
    return d.make(tf.Qwen2Config)


def qwen3(d):
    d.one_of("attention_bias", True, False)
    windowed_decoder(d)
    return d.make(tf.Qwen3Config)


def qwen3_moe(d):
    head_dim = d.heads()
    d.body()
    d.one_of("attention_bias", True, False)
    experts = d.one_of("num_experts", 3, 4, 6)
    d.between("num_experts_per_tok", 1, experts - 1)
    d.one_of("norm_topk_prob", True, False)
    d.one_of("mlp_only_layers", [], [0], [1])
    d.one_of("decoder_sparse_step", 1, 1, 2)
    d.between("intermediate_size", 9, 15)
    d.between("moe_intermediate_size", 5, 9)
    d.one_of("hidden_act", *ACTIVATIONS)
    d.windows(None)
    d.rope(head_dim)
    return d.make(tf.Qwen3MoeConfig)


def delta_rule_decoder(d):
    """Heads, linear attention's own, and which layers attend."""
    head_dim = d.heads((8, 12, 16))
    d.body(layers=(2, 3, 4))
    d.one_of("attention_bias", True, False)
    d.one_of("hidden_act", "silu", "silu", "gelu")
    key_heads = d.one_of("linear_num_key_heads", 1, 2, 3)
    d.one_of("linear_num_value_heads", key_heads, 2 * key_heads, 3 * key_heads)
    d.between("linear_key_head_dim", 8, 12)
    d.between("linear_value_head_dim", 8, 12)
    d.between("linear_conv_kernel_dim", 2, 4)
    kinds = ("full_attention", "linear_attention")
    mixed = [d.rng.choice(kinds) for _ in range(d.values["num_hidden_layers"])]
    d.one_of("layer_types", ABSENT, mixed, mixed)
    d.rope(head_dim, ("default", "default", "linear"), partial=d.fixed.pop("partial", d.rng.choice((0.25, 0.5, 1.0))))


def gated_experts(d):
    experts = d.one_of("num_experts", 3, 4, 6)
    d.between("num_experts_per_tok", 1, experts - 1)
    d.between("moe_intermediate_size", 5, 9)
    d.between("shared_expert_intermediate_size", 5, 9)


def qwen3_next(d):
    delta_rule_decoder(d)
    gated_experts(d)
    d.one_of("norm_topk_prob", True, False)
    d.one_of("mlp_only_layers", [], [0], [1])
    d.one_of("decoder_sparse_step", 1, 1, 2)
    d.between("intermediate_size", 9, 15)
    return d.make(tf.Qwen3NextConfig)


def qwen3_5(d):
    delta_rule_decoder(d)
    d.between("intermediate_size", 9, 21)
    return d.make(tf.Qwen3_5TextConfig)


def qwen3_5_moe(d):
    delta_rule_decoder(d)
    gated_experts(d)
    return d.make(tf.Qwen3_5MoeTextConfig)


def mixtral(d):
    head_dim = d.heads()
    d.body()
    experts = d.one_of("num_local_experts", 2, 4, 5)
    d.between("num_experts_per_tok", 1, min(3, experts))
    d.between("intermediate_size", 5, 9)
    d.one_of("hidden_act", *ACTIVATIONS)
    d.one_of("sliding_window", None, 2, 4)
    d.one_of("router_jitter_noise", 0.0, 0.01)
    d.rope(head_dim)
    return d.make(tf.MixtralConfig)


def deepseek_v3(d):
    d.one_of("num_attention_heads", 1, 2, 3)
    d.values["num_key_value_heads"] = d.values["num_attention_heads"]
    d.one_of("hidden_size", *range(13, 26, 2))
    d.body()
    d.one_of("q_lora_rank", None, 7, 10)
    d.between("kv_lora_rank", 6, 11)
    rope_dim = d.one_of("qk_rope_head_dim", 4, 6, 8)
    d.one_of("qk_nope_head_dim", 3, 4, 6)
    d.one_of("v_head_dim", 5, 6, 8)
    d.grouped_experts()
    d.one_of("first_k_dense_replace", 0, 1, 2)
    d.between("intermediate_size", 9, 15)
    d.one_of("hidden_act", *ACTIVATIONS)
    d.one_of("attention_bias", True, False)
    d.one_of("rope_interleave", True, True, False)
    d.one_of("num_mtp_layers", 0, 1)
    d.rope(rope_dim, ALL + ("yarn", "yarn"))
    return d.make(tf.DeepseekV3Config)


def gpt_oss(d):
    head_dim = d.heads()
    d.body()
    experts = d.one_of("num_local_experts", 3, 4, 6)
    d.between("num_experts_per_tok", 1, min(4, experts))
    d.between("intermediate_size", 5, 9)
    d.one_of("attention_bias", True, True, False)
    d.one_of("swiglu_limit", 7.0, 1.5)
    d.one_of("swiglu_alpha", 1.702, 1.1)
    d.between("sliding_window", 1, 6)
    mixed = [d.rng.choice(("full_attention", "sliding_attention")) for _ in range(d.values["num_hidden_layers"])]
    d.one_of("layer_types", ABSENT, mixed)
    free = not {"rope", "rope_keys", "rope_parameters"} & set(d.fixed)
    d.rope(head_dim)
    if free and d.rng.random() < 0.3:
        d.values["rope_parameters"] = None  # the class fills in its own yarn
    return d.make(tf.GptOssConfig)


def gemma2(d):
    head_dim = d.heads(divide=True)
    d.body(layers=(2, 3, 4))
    d.between("intermediate_size", 9, 17)
    d.one_of("hidden_activation", "gelu_pytorch_tanh", "gelu", "silu")
    d.one_of("attention_bias", False, True)
    d.one_of("query_pre_attn_scalar", head_dim, 5, 24)
    d.one_of("attn_logit_softcapping", 50.0, 2.0, None)
    d.one_of("final_logit_softcapping", 30.0, 4.0, None)
    d.between("sliding_window", 1, 6)
    mixed = [d.rng.choice(("full_attention", "sliding_attention")) for _ in range(d.values["num_hidden_layers"])]
    d.one_of("layer_types", ABSENT, mixed)
    d.rope(head_dim)
    return d.make(tf.Gemma2Config)


def mixed_types(d):
    """Windows in some layers, by layer_types or as the family has them without."""
    d.between("sliding_window", 1, 6)
    mixed = [d.rng.choice(("full_attention", "sliding_attention")) for _ in range(d.values["num_hidden_layers"])]
    d.one_of("layer_types", ABSENT, mixed)


def two_ropes(d, head_dim, kinds=ALL):
    """One rope for layers that see all, and an unstretched one for those with a window."""
    d.rope(head_dim, kinds)
    full = d.values["rope_parameters"]
    window = {"rope_type": "default", "rope_theta": d.rng.choice((100.0, 10000.0, 700.5))}
    d.values["rope_parameters"] = {"full_attention": full, "sliding_attention": window}


def dense(d, divide=False, layers=(2, 3), dims=(4, 6, 8, 10)):
    """What Llama's kind has: heads, body, MLP, activation."""
    head_dim = d.heads(dims, divide)
    d.body(layers)
    d.between("intermediate_size", 9, 21)
    d.one_of("hidden_act", *ACTIVATIONS)
    return head_dim


def olmo2(d):
    head_dim = dense(d)
    d.one_of("attention_bias", True, False)
    d.rope(head_dim)
    return d.make(tf.Olmo2Config)


def olmo3(d):
    head_dim = dense(d, layers=(3, 4, 5))
    d.one_of("attention_bias", True, False)
    mixed_types(d)
    two_ropes(d, head_dim, ("default", "linear", "yarn", "llama3"))
    return d.make(tf.Olmo3Config)


def smollm3(d):
    head_dim = dense(d, layers=(3, 4, 5))
    d.one_of("attention_bias", True, False)
    d.one_of("mlp_bias", True, False)
    if d.rng.random() < 0.5:
        d.one_of("no_rope_layers", [d.rng.choice((0, 1)) for _ in range(d.values["num_hidden_layers"])])
    else:
        d.one_of("no_rope_layer_interval", 2, 3, 4)
    d.one_of("use_sliding_window", True, False)
    d.one_of("sliding_window", None, 2, 4)
    d.rope(head_dim)
    d.values["pad_token_id"] = 0  # the class's own is beyond so small a vocabulary
    return d.make(tf.SmolLM3Config)


def granite(d):
    head_dim = dense(d)
    d.one_of("attention_bias", True, False)
    d.one_of("mlp_bias", True, False)
    d.one_of("embedding_multiplier", 12.0, 1.0, 0.7)
    d.one_of("residual_multiplier", 0.22, 1.0)
    d.one_of("attention_multiplier", 0.3, 0.0078125, 1.0)
    d.one_of("logits_scaling", 8.0, 1.0, 0.5)
    d.rope(head_dim)
    return d.make(tf.GraniteConfig)


def exaone4(d):
    head_dim = dense(d, layers=(3, 4, 5))
    d.between("sliding_window", 1, 6)
    if d.rng.random() < 0.3:
        d.one_of("sliding_window", None)
        d.values["layer_types"] = ["full_attention"] * d.values["num_hidden_layers"]
    elif d.rng.random() < 0.5:
        d.one_of("sliding_window_pattern", 2, 3, 4)
    else:
        mixed_types(d)
    d.rope(head_dim)
    return d.make(tf.Exaone4Config)


def glm4(d):
    head_dim = dense(d, dims=(4, 8, 12))
    d.one_of("attention_bias", True, False)
    d.rope(head_dim, partial=d.fixed.pop("partial", d.rng.choice((0.5, 0.5, 1.0))))
    d.values["pad_token_id"] = 0  # the class's own is beyond so small a vocabulary
    return d.make(tf.Glm4Config)


def cohere2(d):
    head_dim = dense(d, layers=(3, 4, 5))
    del d.values["rms_norm_eps"]
    d.one_of("layer_norm_eps", 1e-5, 1e-3)
    d.one_of("attention_bias", True, False)
    d.one_of("logit_scale", 0.0625, 1.0, 0.25)
    mixed_types(d)
    d.rope(head_dim)
    d.values["pad_token_id"] = 0  # the class's own is beyond so small a vocabulary
    return d.make(tf.Cohere2Config)


def minimax_m2(d):
    head_dim = dense(d, dims=(4, 8, 12))
    experts = d.one_of("num_local_experts", 3, 4, 6)
    d.between("num_experts_per_tok", 1, experts - 1)
    d.rope(head_dim, partial=d.fixed.pop("partial", d.rng.choice((0.5, 0.5, 1.0))))
    return d.make(tf.MiniMaxM2Config)


def gemma3_text(d):
    head_dim = d.heads(divide=True)
    d.body(layers=(2, 3, 4))
    d.between("intermediate_size", 9, 17)
    d.one_of("hidden_activation", "gelu_pytorch_tanh", "gelu", "silu")
    d.one_of("attention_bias", False, True)
    d.one_of("query_pre_attn_scalar", head_dim, 5, 24)
    d.one_of("attn_logit_softcapping", None, None, 2.0)
    d.one_of("final_logit_softcapping", None, None, 4.0)
    mixed_types(d)
    two_ropes(d, head_dim, ("default", "linear", "yarn", "llama3"))
    return d.make(tf.Gemma3TextConfig)


def llama4_text(d):
    head_dim = dense(d, layers=(3, 4, 5))
    d.one_of("attention_bias", True, False)
    d.one_of("use_qk_norm", True, False)
    d.one_of("attention_chunk_size", 3, 5, None)
    d.one_of("attn_temperature_tuning", True, False)
    d.one_of("floor_scale", 2, 5)
    d.one_of("attn_scale", 0.1, 0.5)
    d.one_of("no_rope_layer_interval", 2, 3, 4)
    d.one_of("interleave_moe_layer_step", 1, 2)
    d.between("intermediate_size_mlp", 9, 15)
    experts = d.one_of("num_local_experts", 3, 4)
    d.between("num_experts_per_tok", 1, experts - 1)
    d.rope(head_dim, ("default", "linear", "llama3"))
    return d.make(tf.Llama4TextConfig)


def seed_oss(d):
    head_dim = dense(d)
    for bias in ("attention_bias", "attention_out_bias", "mlp_bias"):
        d.one_of(bias, True, False)
    d.rope(head_dim)
    return d.make(tf.SeedOssConfig)


def ministral3(d):
    head_dim = dense(d)
    d.one_of("sliding_window", None, None, 3)
    d.rope(head_dim, ("yarn",))
    d.values["rope_parameters"]["llama_4_scaling_beta"] = d.rng.choice((0.1, 0.4))
    d.values["rope_parameters"]["original_max_position_embeddings"] = d.rng.choice((3, 8, 64))
    return d.make(tf.Ministral3Config)


def arcee(d):
    head_dim = dense(d, divide=True)
    d.one_of("attention_bias", True, False)
    d.one_of("mlp_bias", True, False)
    d.rope(head_dim)
    return d.make(tf.ArceeConfig)


def ernie4_5(d):
    head_dim = dense(d)
    d.one_of("use_bias", True, False)
    d.rope(head_dim)
    return d.make(tf.Ernie4_5Config)


def glm(d):
    head_dim = dense(d, dims=(4, 8, 12))
    d.one_of("attention_bias", True, False)
    d.rope(head_dim, partial=d.fixed.pop("partial", d.rng.choice((0.5, 0.5, 1.0))))
    d.values["pad_token_id"] = 0
    return d.make(tf.GlmConfig)


def ministral(d):
    head_dim = dense(d)
    mixed_types(d)
    d.rope(head_dim)
    return d.make(tf.MinistralConfig)


def gemma(d):
    head_dim = dense(d)
    d.one_of("attention_bias", False, True)
    d.rope(head_dim)
    return d.make(tf.GemmaConfig)


def layer_norm_dense(d, key, dims=(4, 6, 8, 10)):
    """A decoder with LayerNorm, whose epsilon has a key of its own."""
    head_dim = dense(d, dims=dims, divide=True)
    del d.values["rms_norm_eps"]
    d.one_of(key, 1e-5, 1e-3)
    return head_dim


def even_heads(d):
    """Heads that divide the width, as the class knows no others, each of an even number of dimensions, of which a half is even too."""
    heads = d.values["num_attention_heads"]
    d.values["hidden_size"] = heads * d.rng.choice((4, 8))
    d.values.pop("head_dim", None)
    return d.values["hidden_size"] // heads


def cohere(d):
    layer_norm_dense(d, "layer_norm_eps")
    head_dim = even_heads(d)
    d.one_of("attention_bias", True, False)
    d.one_of("logit_scale", 0.0625, 1.0, 0.25)
    d.rope(head_dim)
    d.values["pad_token_id"] = 0
    return d.make(tf.CohereConfig)


def nemotron(d):
    head_dim = layer_norm_dense(d, "norm_eps", (4, 8, 12))
    d.one_of("attention_bias", True, False)
    d.one_of("mlp_bias", True, False)
    d.rope(head_dim, ("default", "linear"), partial=d.fixed.pop("partial", d.rng.choice((0.5, 0.5, 1.0))))
    d.values["pad_token_id"] = 0
    return d.make(tf.NemotronConfig)


def phi(d):
    layer_norm_dense(d, "layer_norm_eps")
    head_dim = even_heads(d)
    d.rope(head_dim, ("default", "linear"), partial=d.fixed.pop("partial", d.rng.choice((0.5, 0.5, 1.0))))
    return d.make(tf.PhiConfig)


def stablelm(d):
    layer_norm_dense(d, "layer_norm_eps")
    head_dim = even_heads(d)
    d.one_of("use_qkv_bias", True, False)
    d.one_of("use_parallel_residual", False, False, True)
    d.rope(head_dim, ("default", "linear"), partial=d.fixed.pop("partial", d.rng.choice((0.5, 0.5, 1.0))))
    return d.make(tf.StableLmConfig)


def starcoder2(d):
    layer_norm_dense(d, "norm_epsilon")
    head_dim = even_heads(d)
    d.one_of("use_bias", True, True, False)
    d.one_of("sliding_window", None, 2, 4)
    d.rope(head_dim)
    return d.make(tf.Starcoder2Config)


def dots1(d):
    head_dim = dense(d)
    d.grouped_experts()
    d.one_of("attention_bias", True, False)
    d.one_of("first_k_dense_replace", 0, 1, 2)
    mixed_types(d)
    d.rope(head_dim)
    return d.make(tf.Dots1Config)


def exaone_moe(d):
    head_dim = dense(d, layers=(3, 4))
    d.grouped_experts()
    d.values["num_experts"] = d.values.pop("n_routed_experts")
    d.values["num_shared_experts"] = d.values.pop("n_shared_experts")
    d.fixed.pop("n_routed_experts", None)
    d.one_of("first_k_dense_replace", 0, 1, 2)
    mixed_types(d)
    d.rope(head_dim)
    return d.make(tf.ExaoneMoeConfig)


def gpt2(d):
    heads = d.one_of("n_head", 1, 2, 3, 4)
    d.one_of("n_embd", *[n for n in range(12, 30) if n % heads == 0])
    d.one_of("vocab_size", 41, 50, 59)
    d.one_of("n_layer", 2, 3)
    d.one_of("n_positions", 16, 20)
    d.one_of("n_inner", None, 13, 30)
    d.one_of("activation_function", "gelu_new", "gelu_new", "gelu", "relu", "silu")
    d.one_of("layer_norm_epsilon", 1e-5, 1e-3)
    d.one_of("scale_attn_weights", True, True, False)
    d.one_of("scale_attn_by_inverse_layer_idx", False, True)
    d.one_of("reorder_and_upcast_attn", False, True)
    d.one_of("tie_word_embeddings", True, True, False)
    return d.make(tf.GPT2Config)


def bert_sizes(d, positions=(16, 20)):
    heads = d.one_of("num_attention_heads", 1, 2, 3, 4)
    d.one_of("hidden_size", *[n for n in range(12, 30) if n % heads == 0])
    d.one_of("vocab_size", 41, 50, 59)
    d.one_of("num_hidden_layers", 2, 3)
    d.between("intermediate_size", 13, 33)
    d.one_of("max_position_embeddings", *positions)
    d.one_of("type_vocab_size", 2, 1)
    d.one_of("hidden_act", "gelu", "gelu", "gelu_new", "relu")
    d.one_of("layer_norm_eps", 1e-12, 1e-5, 1e-3)


def bert(d):
    bert_sizes(d)
    return d.make(tf.BertConfig)


def roberta(d):
    bert_sizes(d, (18, 20))  # the first rows, up to the padding's, are no token's
    d.one_of("pad_token_id", 1, 1, 0, 3)
    return d.make(tf.RobertaConfig)


def xlm_roberta(d):
    bert_sizes(d, (18, 20))
    d.values["pad_token_id"] = 1
    return d.make(tf.XLMRobertaConfig)


def distilbert(d):
    heads = d.one_of("n_heads", 1, 2, 3, 4)
    d.one_of("dim", *[n for n in range(12, 30) if n % heads == 0])
    d.one_of("vocab_size", 41, 50, 59)
    d.one_of("n_layers", 2, 3)
    d.between("hidden_dim", 13, 33)
    d.one_of("max_position_embeddings", 16, 20)
    d.one_of("sinusoidal_pos_embds", False, True)
    d.one_of("activation", "gelu", "gelu", "relu")
    return d.make(tf.DistilBertConfig)


def modernbert(d):
    heads = d.one_of("num_attention_heads", 1, 2, 3, 4)
    d.one_of("hidden_size", *[n for n in range(12, 30) if n % (2 * heads) == 0])
    d.one_of("vocab_size", 41, 50, 59)
    layers = d.one_of("num_hidden_layers", 2, 3, 4)
    d.between("intermediate_size", 13, 33)
    d.values["pad_token_id"] = 0
    d.one_of("hidden_activation", "gelu", "gelu", "silu", "relu")
    d.one_of("norm_eps", 1e-5, 1e-3)
    d.one_of("local_attention", 2, 4, 7, 128)
    for bias in ("norm_bias", "attention_bias", "mlp_bias"):
        d.one_of(bias, False, True)
    step = d.rng.choice((1, 2, 3))
    every = ["sliding_attention" if i % step else "full_attention" for i in range(layers)]
    mixed = [d.rng.choice(("full_attention", "sliding_attention")) for _ in range(layers)]
    d.one_of("layer_types", every, mixed)
    whole, local = d.rng.choice((160000.0, 500.5)), d.rng.choice((10000.0, 100.25))
    ropes = {"full_attention": {"rope_type": "default", "rope_theta": whole},
             "sliding_attention": {"rope_type": "default", "rope_theta": local}}  # fmt: skip
    d.one_of("rope_parameters", ABSENT, ropes)
    return d.make(tf.ModernBertConfig)


def siglip_vision(d):
    heads = d.one_of("num_attention_heads", 1, 2, 3, 4)
    d.one_of("hidden_size", *[n for n in range(12, 30) if n % heads == 0])
    d.one_of("num_hidden_layers", 2, 3)
    d.between("intermediate_size", 13, 33)
    d.one_of("patch_size", 2, 3, 4)
    d.one_of("image_size", 12, 13, 14)
    d.one_of("num_channels", 3, 3, 1)
    d.one_of("hidden_act", "gelu_pytorch_tanh", "gelu_pytorch_tanh", "gelu")
    d.one_of("layer_norm_eps", 1e-6, 1e-3)
    d.one_of("vision_use_head", True, False)
    return d.make(tf.SiglipVisionConfig)


def _qwen_vision(d):
    """What Qwen's encoders of images have in common: heads rotate by row and by column."""
    heads = d.one_of("num_heads", 1, 2, 3)
    d.one_of("hidden_size", *[n for n in (8, 12, 16, 24) if n % (4 * heads) == 0])
    d.one_of("in_channels", 3, 3, 1)
    d.one_of("patch_size", 2, 3)
    d.one_of("temporal_patch_size", 2, 2, 1)
    d.one_of("spatial_merge_size", 2, 2, 3, 1)
    d.one_of("rope_parameters", ABSENT, ABSENT, {"rope_type": "axial", "rope_theta": 512.5})


def qwen2_vl_vision(d):
    heads = d.one_of("num_heads", 1, 2, 3)
    d.one_of("embed_dim", *[n for n in (8, 12, 16, 24) if n % (4 * heads) == 0])
    d.one_of("depth", 2, 3)
    d.one_of("mlp_ratio", 2, 3)
    d.one_of("in_channels", 3, 3, 1)
    d.one_of("patch_size", 2, 3)
    d.one_of("temporal_patch_size", 2, 2, 1)
    d.one_of("spatial_merge_size", 2, 2, 3, 1)
    d.between("hidden_size", 9, 14)
    d.one_of("hidden_act", "quick_gelu", "quick_gelu", "gelu")
    return d.make(tf.models.qwen2_vl.configuration_qwen2_vl.Qwen2VLVisionConfig)


def qwen2_5_vl_vision(d):
    _qwen_vision(d)
    layers = d.one_of("depth", 2, 3, 4)
    d.between("intermediate_size", 13, 25)
    d.between("out_hidden_size", 9, 14)
    d.one_of("hidden_act", "silu", "silu", "gelu")
    whole = sorted(d.rng.sample(range(layers), d.rng.randint(0, layers)))
    d.one_of("fullatt_block_indexes", whole)
    # A window is so many joined patches wide; what is left of a division is cut off.
    wide = d.rng.randint(1, 3) * d.values["spatial_merge_size"] * d.values["patch_size"]
    d.one_of("window_size", wide, wide + 1)
    return d.make(tf.models.qwen2_5_vl.configuration_qwen2_5_vl.Qwen2_5_VLVisionConfig)


def _qwen3_vision(d):
    _qwen_vision(d)
    d.between("intermediate_size", 13, 25)
    d.between("out_hidden_size", 9, 14)
    d.one_of("hidden_act", "gelu_pytorch_tanh", "gelu_pytorch_tanh", "gelu")
    d.one_of("num_position_embeddings", 9, 16, 25, 36)


def qwen3_vl_vision(d):
    _qwen3_vision(d)
    layers = d.one_of("depth", 3, 4)
    d.one_of("deepstack_visual_indexes", sorted(d.rng.sample(range(layers), 3)))  # published models have three
    return d.make(tf.models.qwen3_vl.configuration_qwen3_vl.Qwen3VLVisionConfig)


def qwen3_5_vision(d):
    _qwen3_vision(d)
    d.one_of("depth", 2, 3)
    return d.make(tf.models.qwen3_5.configuration_qwen3_5.Qwen3_5VisionConfig)


FAMILIES = {
    function.__name__: function
    for function in (solar_open, glm4_moe, phimoe, llama, mistral, qwen2, qwen3, qwen3_moe, qwen3_next,
                     qwen3_5, qwen3_5_moe, mixtral, deepseek_v3, gpt_oss, gemma2, gpt2, bert, roberta, xlm_roberta,
                     distilbert, modernbert, siglip_vision, qwen2_vl_vision,
                     qwen2_5_vl_vision, qwen3_vl_vision, qwen3_5_vision, olmo2, olmo3, smollm3, granite, exaone4, glm4, cohere2,
                     minimax_m2, gemma3_text, llama4_text, seed_oss, ministral3, arcee, ernie4_5, glm, ministral,
                     gemma, cohere, nemotron, phi, stablelm, starcoder2, dots1, exaone_moe)
}  # fmt: skip

MODELS = {
    "solar_open": tf.SolarOpenForCausalLM,
    "glm4_moe": tf.Glm4MoeForCausalLM,
    "phimoe": tf.PhimoeForCausalLM,
    "llama": tf.LlamaForCausalLM,
    "mistral": tf.MistralForCausalLM,
    "qwen2": tf.Qwen2ForCausalLM,
    "qwen3": tf.Qwen3ForCausalLM,
    "qwen3_moe": tf.Qwen3MoeForCausalLM,
    "qwen3_next": tf.Qwen3NextForCausalLM,
    "qwen3_5": tf.Qwen3_5ForCausalLM,
    "qwen3_5_moe": tf.Qwen3_5MoeForCausalLM,
    "mixtral": tf.MixtralForCausalLM,
    "deepseek_v3": tf.DeepseekV3ForCausalLM,
    "gpt_oss": tf.GptOssForCausalLM,
    "gemma2": tf.Gemma2ForCausalLM,
    "gpt2": tf.GPT2LMHeadModel,
    "siglip_vision": tf.SiglipVisionModel,
    "qwen2_vl_vision": tf.models.qwen2_vl.modeling_qwen2_vl.Qwen2VisionTransformerPretrainedModel,
    "qwen2_5_vl_vision": tf.models.qwen2_5_vl.modeling_qwen2_5_vl.Qwen2_5_VisionTransformerPretrainedModel,
    "qwen3_vl_vision": tf.models.qwen3_vl.modeling_qwen3_vl.Qwen3VLVisionModel,
    "qwen3_5_vision": tf.models.qwen3_5.modeling_qwen3_5.Qwen3_5VisionModel,
    "bert": tf.BertModel,
    "roberta": tf.RobertaModel,
    "xlm_roberta": tf.XLMRobertaModel,
    "distilbert": tf.DistilBertModel,
    "modernbert": tf.ModernBertModel,
    "olmo2": tf.Olmo2ForCausalLM,
    "olmo3": tf.Olmo3ForCausalLM,
    "smollm3": tf.SmolLM3ForCausalLM,
    "granite": tf.GraniteForCausalLM,
    "exaone4": tf.Exaone4ForCausalLM,
    "glm4": tf.Glm4ForCausalLM,
    "cohere2": tf.Cohere2ForCausalLM,
    "minimax_m2": tf.MiniMaxM2ForCausalLM,
    "gemma3_text": tf.Gemma3ForCausalLM,
    "llama4_text": tf.Llama4ForCausalLM,
    "seed_oss": tf.SeedOssForCausalLM,
    "ministral3": tf.Ministral3ForCausalLM,
    "arcee": tf.ArceeForCausalLM,
    "ernie4_5": tf.Ernie4_5ForCausalLM,
    "glm": tf.GlmForCausalLM,
    "ministral": tf.MinistralForCausalLM,
    "gemma": tf.GemmaForCausalLM,
    "cohere": tf.CohereForCausalLM,
    "nemotron": tf.NemotronForCausalLM,
    "phi": tf.PhiForCausalLM,
    "stablelm": tf.StableLmForCausalLM,
    "starcoder2": tf.Starcoder2ForCausalLM,
    "dots1": tf.Dots1ForCausalLM,
    "exaone_moe": tf.ExaoneMoeForCausalLM,
}


PATCHES = ("qwen2_vl_vision", "qwen2_5_vl_vision", "qwen3_vl_vision", "qwen3_5_vision")  # which take cut images
IMAGES = ("siglip_vision", *PATCHES)  # which take images


def draw_grid(config, rng: random.Random):
    """Frames, rows and columns of patches, the latter two multiples of those that are joined."""
    joined = config.spatial_merge_size
    return [rng.choice((1, 1, 2, 3)), joined * rng.randint(1, 5), joined * rng.randint(1, 5)]


def draw_images(family: str, config, rng: random.Random, generator, count: int, grids=None):
    """Pixels of each image and, of those that are cut into patches, how these lie."""
    if family not in PATCHES:
        shape = (config.num_channels, config.image_size, config.image_size)
        return [(torch.randn(shape, generator=generator), None) for _ in range(count)]
    values = config.in_channels * config.temporal_patch_size * config.patch_size**2
    grids = grids or [draw_grid(config, rng) for _ in range(count)]
    return [(torch.randn((t * h * w, values), generator=generator), [t, h, w]) for t, h, w in grids]


def draw_config(family: str, rng: random.Random, fixed: dict | None = None):
    return FAMILIES[family](Draw(rng, fixed))
