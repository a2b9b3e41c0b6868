"""Small random configurations of each family, over everything that changes its mathematics.

Each function takes a Draw and returns a transformers configuration that transformers itself accepts.
"""

import random

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
        self.values.update({name: self.fixed[name] for name in unused})
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


FAMILIES = {
    function.__name__: function
    for function in (solar_open, glm4_moe, phimoe, llama, mistral, qwen2, qwen3, qwen3_moe, qwen3_next,
                     qwen3_5, qwen3_5_moe, mixtral, deepseek_v3, gpt_oss, gemma2, gpt2, bert, roberta, xlm_roberta,
                     distilbert, modernbert, siglip_vision)
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
    "bert": tf.BertModel,
    "roberta": tf.RobertaModel,
    "xlm_roberta": tf.XLMRobertaModel,
    "distilbert": tf.DistilBertModel,
    "modernbert": tf.ModernBertModel,
}


IMAGES = ("siglip_vision",)  # which take images


def draw_config(family: str, rng: random.Random, fixed: dict | None = None):
    return FAMILIES[family](Draw(rng, fixed))
