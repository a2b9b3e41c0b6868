"""The committed golden cases: between them every family, rope type, storage form and switch of the mathematics.

A case fixes what it is about; everything else is drawn from its seed.
"""

import dataclasses


@dataclasses.dataclass(frozen=True)
class Case:
    name: str
    family: str
    about: str
    fixed: dict = dataclasses.field(default_factory=dict)
    storage: str = "original"
    dtype: str = "float32"
    style: str = "new"
    lengths: tuple = (12, 5)
    correction: float = 0.0  # added to every e_score_correction_bias
    grids: tuple = ()  # of images that are cut into patches


def _case(name, family, about, storage="original", dtype="float32", style="new", lengths=(12, 5), correction=0.0,
          grids=(), **fixed):  # fmt: skip
    return Case(name, family, about, fixed, storage, dtype, style, lengths, correction, grids)


GROUPS = {"n_group": 3, "n_routed_experts": 9, "topk_group": 2, "num_experts_per_tok": 3}
ONE_GROUP = {"n_group": 1, "topk_group": 1, "n_routed_experts": 5, "num_experts_per_tok": 2}
PLAIN = {"hidden_act": "silu", "tie_word_embeddings": False}
SHORT, LONG = [1.0, 1.1, 1.3], [1.5, 2.5, 6.0]
LONGROPE = {"rope_type": "longrope", "rope_theta": 10000.0, "short_factor": SHORT, "long_factor": LONG}
MODERN_ROPES = {"full_attention": {"rope_type": "default", "rope_theta": 1000.5},
                "sliding_attention": {"rope_type": "default", "rope_theta": 50.25}}
LONG_KEYS = {**LONGROPE, "original_max_position_embeddings": 8}

CASES = (
    # solar_open
    _case("solar_open-plain", "solar_open", "one group, default rope", rope="default", n_shared_experts=1, rms_norm_eps=1e-3,
          norm_topk_prob=True, routed_scaling_factor=1.0, attention_bias=False, **ONE_GROUP, **PLAIN),
    _case("solar_open-released", "solar_open", "yarn in the style of transformers 4, as released", style="old",
          rope_parameters={"rope_type": "yarn", "rope_theta": 1000000.0, "factor": 2.0,
                           "original_max_position_embeddings": 64, "partial_rotary_factor": 1.0},
          max_position_embeddings=128, head_dim=16, n_shared_experts=1, norm_topk_prob=True,
          routed_scaling_factor=1.0, attention_bias=False, **ONE_GROUP, **PLAIN),
    _case("solar_open-groups", "solar_open", "open groups, two shared experts, scaled weights, tied", rope="linear",
          n_shared_experts=2, norm_topk_prob=False, routed_scaling_factor=2.5, attention_bias=True,
          tie_word_embeddings=True, storage="fused", **GROUPS),
    # glm4_moe
    _case("glm4_moe-plain", "glm4_moe", "half of each head rotates, first layer dense, biases", rope="default",
          partial=0.5, first_k_dense_replace=1, attention_bias=True, use_qk_norm=False, num_hidden_layers=3,
          n_shared_experts=1, rms_norm_eps=1e-3, **ONE_GROUP, **PLAIN),
    _case("glm4_moe-qk-norm", "glm4_moe", "norms of q and k, two dense layers, groups, fused experts", storage="fused",
          use_qk_norm=True, first_k_dense_replace=2, num_hidden_layers=3, norm_topk_prob=True,
          routed_scaling_factor=2.5, n_shared_experts=3, rope="yarn", head_dim=12, partial=0.5,
          rope_keys={"rope_theta": 500.5, "original_max_position_embeddings": 64, "truncate": False,
                     "beta_fast": 4, "beta_slow": 1.0}, **GROUPS),
    _case("glm4_moe-prediction", "glm4_moe", "a multi-token prediction layer that is not run; 3 of 6 dims become 4",
          storage="prediction", style="old", first_k_dense_replace=0, num_mtp_layers=1, head_dim=6, partial=0.5,
          rope="default", use_qk_norm=False, **ONE_GROUP),
    _case("glm4_moe-closed-groups", "glm4_moe", "every expert of the one open group, even with a negative score",
          n_group=3, n_routed_experts=9, topk_group=1, num_experts_per_tok=3, first_k_dense_replace=0, rope="default",
          correction=-0.6),
    # phimoe
    _case("phimoe-plain", "phimoe", "default rope, all biases", rope="default", attention_bias=True, lm_head_bias=True,
          router_jitter_noise=0.01, num_local_experts=4, sliding_window=None, **PLAIN),
    _case("phimoe-longrope", "phimoe", "longrope beyond and within its original length; experts share the softmax",
          rope_parameters={**LONG_KEYS, "short_mscale": 1.2, "long_mscale": 1.4}, head_dim=6, style="old",
          max_position_embeddings=32, router_jitter_noise=0.3, num_local_experts=6, lengths=(13, 8, 4)),
    _case("phimoe-window", "phimoe", "sliding window, no biases, fused experts", storage="fused", sliding_window=3,
          attention_bias=False, lm_head_bias=False, router_jitter_noise=0.1, num_local_experts=5, rope="default"),
    # llama
    _case("llama-plain", "llama", "no bias, default rope", rope="default", attention_bias=False, mlp_bias=False,
          lengths=(12, 5, 1), **PLAIN),
    _case("llama-biases", "llama", "biases everywhere, tied, gelu", rope="default", attention_bias=True, mlp_bias=True,
          tie_word_embeddings=True, hidden_act="gelu"),
    _case("llama-tied-but-stored", "llama", "tied by its configuration, but another lm_head is stored, which counts",
          storage="head", tie_word_embeddings=True, rope="default", hidden_act="silu"),
    _case("llama-linear", "llama", "linear rope", rope="linear"),
    _case("llama-dynamic", "llama", "dynamic rope: a text longer than max_position_embeddings", rope="dynamic",
          lengths=(13, 8, 6)),
    _case("llama-llama3", "llama", "llama3 rope: all three bands", rope="llama3", head_dim=10, style="old",
          rope_keys={"rope_theta": 500.5, "original_max_position_embeddings": 64, "factor": 8.0,
                     "low_freq_factor": 1.0, "high_freq_factor": 4.0}),
    _case("llama-yarn", "llama", "yarn, truncated range", head_dim=10,
          rope_parameters={"rope_type": "yarn", "rope_theta": 10000.0, "factor": 4.0, "beta_fast": 4, "beta_slow": 0.5,
                           "original_max_position_embeddings": 4096}, max_position_embeddings=128),
    _case("llama-yarn-untruncated", "llama", "yarn, range not truncated, attention_factor", head_dim=10,
          rope_parameters={"rope_type": "yarn", "rope_theta": 10000.0, "factor": 4.0, "truncate": False,
                           "attention_factor": 1.3, "original_max_position_embeddings": 64},
          max_position_embeddings=128),
    _case("llama-yarn-mscale", "llama", "yarn with mscale and mscale_all_dim", head_dim=8,
          rope_parameters={"rope_type": "yarn", "rope_theta": 10000.0, "factor": 32.0, "mscale": 1.4,
                           "mscale_all_dim": 0.6, "original_max_position_embeddings": 16},
          max_position_embeddings=128),
    _case("llama-longrope", "llama", "longrope on both sides of its original length, which is a top-level key",
          rope_parameters=dict(LONGROPE), original_max_position_embeddings=8, max_position_embeddings=32, head_dim=6,
          lengths=(13, 9, 8)),
    _case("llama-longrope-factors", "llama", "longrope with factor and attention_factor", head_dim=6,
          rope_parameters={**LONG_KEYS, "factor": 2.5, "attention_factor": 1.2}, max_position_embeddings=32),
    _case("llama-bfloat16", "llama", "stored in bfloat16", dtype="bfloat16", rope="default", **PLAIN),
    _case("llama-float16", "llama", "stored in float16, tied", dtype="float16", tie_word_embeddings=True),
    # mistral
    _case("mistral-plain", "mistral", "no window, own head_dim", rope="default", sliding_window=None, **PLAIN),
    _case("mistral-window", "mistral", "window of 3 keys; defaults left out", style="sparse", sliding_window=3, rope="yarn", lengths=(13, 6)),
    # qwen2
    _case("qwen2-plain", "qwen2", "biases of q, k, v; tied; defaults left out", style="sparse", use_sliding_window=False, rope="default",
          hidden_act="silu", tie_word_embeddings=True),
    _case("qwen2-window", "qwen2", "window from layer 1 on, without layer_types", style="old", use_sliding_window=True, sliding_window=4,
          max_window_layers=1, num_hidden_layers=3, rope="dynamic"),
    # qwen3
    _case("qwen3-plain", "qwen3", "norms of q and k", use_sliding_window=False, rms_norm_eps=1e-3, rope="default", attention_bias=False,
          **PLAIN),
    _case("qwen3-layer-types", "qwen3", "windows by layer_types, biases", use_sliding_window=True, sliding_window=2,
          num_hidden_layers=3, layer_types=["sliding_attention", "full_attention", "sliding_attention"],
          attention_bias=True),
    # qwen3_moe
    _case("qwen3_moe-plain", "qwen3_moe", "every layer sparse, weights renormalised", style="old", mlp_only_layers=[],
          decoder_sparse_step=1, norm_topk_prob=True, num_experts=6, num_experts_per_tok=3, use_sliding_window=False,
          rope="default", **PLAIN),
    _case("qwen3_moe-mixed", "qwen3_moe", "a dense layer, weights as they are, window in all layers, fused experts",
          storage="fused", mlp_only_layers=[0], norm_topk_prob=False, num_experts=4, num_experts_per_tok=2,
          use_sliding_window=True, sliding_window=3, num_hidden_layers=3, decoder_sparse_step=1, attention_bias=True),
    _case("qwen3_moe-step", "qwen3_moe", "every second layer sparse, one expert, bfloat16", decoder_sparse_step=2,
          mlp_only_layers=[], num_hidden_layers=4, num_experts=4, num_experts_per_tok=1, dtype="bfloat16"),
    # qwen3_next
    _case("qwen3_next-plain", "qwen3_next", "three layers of linear attention and one that attends, a dense layer",
          layer_types=None, num_hidden_layers=4, mlp_only_layers=[0], decoder_sparse_step=1, norm_topk_prob=True,
          linear_num_key_heads=2, linear_num_value_heads=4, linear_key_head_dim=3, linear_value_head_dim=5,
          linear_conv_kernel_dim=4, rope="default", partial=0.25, attention_bias=False, **PLAIN),
    _case("qwen3_next-fused", "qwen3_next", "biases, weights as they are, another activation, fused experts",
          storage="fused", layer_types=["full_attention", "linear_attention"], num_hidden_layers=2,
          attention_bias=True, norm_topk_prob=False, hidden_act="gelu", linear_num_key_heads=1,
          linear_num_value_heads=3, rope="linear", partial=0.5, mlp_only_layers=[], decoder_sparse_step=1),
    # qwen3_5
    _case("qwen3_5-plain", "qwen3_5", "linear attention and one layer that attends, a text of one token",
          num_hidden_layers=3, layer_types=["linear_attention", "full_attention", "linear_attention"],
          linear_num_key_heads=2, linear_num_value_heads=6, rope="default", partial=0.25, attention_bias=False,
          lengths=(12, 5, 1), **PLAIN),
    _case("qwen3_5-half", "qwen3_5", "bfloat16, tied, a kernel of 2", dtype="bfloat16", tie_word_embeddings=True,
          linear_conv_kernel_dim=2, num_hidden_layers=4, layer_types=None, rope="default", partial=1.0),
    # qwen3_5_moe
    _case("qwen3_5_moe-plain", "qwen3_5_moe", "every layer sparse, weights renormalised, a gated shared expert",
          num_hidden_layers=2, layer_types=["linear_attention", "full_attention"], linear_num_key_heads=2,
          linear_num_value_heads=2, rope="default", partial=0.25, attention_bias=True, **PLAIN),
    # mixtral
    _case("mixtral-plain", "mixtral", "two experts of four; defaults left out", style="sparse", num_local_experts=4, num_experts_per_tok=2,
          sliding_window=None, rope="default", **PLAIN),
    _case("mixtral-window", "mixtral", "three experts, window, fused experts", num_local_experts=5, storage="fused",
          num_experts_per_tok=3, sliding_window=4, rope="llama3"),
    # deepseek_v3
    _case("deepseek_v3-plain", "deepseek_v3", "one group, low-rank q, interleaved rope", rope="default", q_lora_rank=7,
          rope_interleave=True, attention_bias=False, first_k_dense_replace=1, num_hidden_layers=3, n_shared_experts=1,
          **ONE_GROUP, **PLAIN),
    _case("deepseek_v3-yarn", "deepseek_v3", "groups; yarn whose mscale_all_dim scales the softmax; prediction layer",
          storage="prediction", style="old", q_lora_rank=10, rope_interleave=True, first_k_dense_replace=1,
          rope_parameters={"rope_type": "yarn", "rope_theta": 10000.0, "factor": 32.0, "mscale": 1.0, "beta_fast": 32,
                           "beta_slow": 1, "mscale_all_dim": 1.2, "original_max_position_embeddings": 64},
          max_position_embeddings=128, norm_topk_prob=True, routed_scaling_factor=2.5, **GROUPS),
    _case("deepseek_v3-full-q", "deepseek_v3", "q of full rank, halves rotate, biases, bfloat16", q_lora_rank=None,
          rope_interleave=False, attention_bias=True, first_k_dense_replace=0, dtype="bfloat16", **ONE_GROUP),
    # gpt_oss
    _case("gpt_oss-plain", "gpt_oss", "the class's own yarn, windows in turn", rope_parameters=None, sliding_window=4,
          attention_bias=True, swiglu_limit=7.0, swiglu_alpha=1.702, num_local_experts=4, num_experts_per_tok=2,
          max_position_embeddings=128, num_hidden_layers=2, layer_types=None, lengths=(12, 5, 1)),
    _case("gpt_oss-limits", "gpt_oss", "a narrow swiglu limit, another alpha, layer_types, all four experts",
          swiglu_limit=1.5, swiglu_alpha=1.1, num_local_experts=4, num_experts_per_tok=4, rope="default",
          num_hidden_layers=3, layer_types=["full_attention", "sliding_attention", "full_attention"]),
    _case("gpt_oss-bfloat16", "gpt_oss", "bfloat16, no attention biases", dtype="bfloat16", attention_bias=False,
          num_local_experts=6, num_experts_per_tok=3),
    # gemma2
    _case("gemma2-plain", "gemma2", "soft-caps, windows in turn, tied", style="old", attn_logit_softcapping=2.0,
          final_logit_softcapping=4.0, sliding_window=3, rope="default", tie_word_embeddings=True,
          hidden_activation="gelu_pytorch_tanh", num_hidden_layers=3, rms_norm_eps=1e-2, lengths=(12, 5, 1)),
    _case("gemma2-no-caps", "gemma2", "no soft-caps, biases, untied, layer_types", attn_logit_softcapping=None,
          final_logit_softcapping=None, attention_bias=True, tie_word_embeddings=False, num_hidden_layers=2,
          query_pre_attn_scalar=24, layer_types=["full_attention", "sliding_attention"]),
    # olmo2
    _case("olmo2-plain", "olmo2", "norms of outputs and of all of q and k", rope="default", attention_bias=False,
          rms_norm_eps=1e-3, **PLAIN),
    _case("olmo2-biases", "olmo2", "biases, tied, bfloat16; defaults left out", attention_bias=True, dtype="bfloat16",
          style="sparse", tie_word_embeddings=True, rope="linear"),
    # olmo3
    _case("olmo3-plain", "olmo3", "every fourth layer without a window, rope stretched there alone", rope="yarn",
          num_hidden_layers=5, layer_types=None, sliding_window=3, attention_bias=False, **PLAIN),
    _case("olmo3-layer-types", "olmo3", "windows by layer_types, another theta in them", rope="llama3",
          num_hidden_layers=3, layer_types=["full_attention", "sliding_attention", "full_attention"]),
    # smollm3
    _case("smollm3-plain", "smollm3", "every second layer without rope", no_rope_layers=None, no_rope_layer_interval=2,
          num_hidden_layers=4, use_sliding_window=False, rope="default", **PLAIN),
    _case("smollm3-windows", "smollm3", "listed layers without rope have a window, biases, tied",
          no_rope_layers=[1, 0, 0], num_hidden_layers=3, use_sliding_window=True, sliding_window=4, attention_bias=True,
          mlp_bias=True, tie_word_embeddings=True),
    # granite
    _case("granite-plain", "granite", "four multipliers", embedding_multiplier=12.0, residual_multiplier=0.22,
          attention_multiplier=0.3, logits_scaling=8.0, rope="default", attention_bias=False, mlp_bias=False, **PLAIN),
    _case("granite-biases", "granite", "biases, tied, in the style of transformers 4", style="old", attention_bias=True,
          mlp_bias=True, tie_word_embeddings=True, residual_multiplier=0.22, rope="yarn"),
    # exaone4
    _case("exaone4-plain", "exaone4", "every third layer without window and rope", sliding_window=3,
          sliding_window_pattern=3, layer_types=None, num_hidden_layers=4, rope="default", rms_norm_eps=1e-3, **PLAIN),
    _case("exaone4-whole", "exaone4", "no window: all layers rotate", sliding_window=None,
          layer_types=["full_attention"] * 3, num_hidden_layers=3, rope="llama3"),
    # glm4
    _case("glm4-plain", "glm4", "norms around, neighbours of half of each head rotate", rope="default", partial=0.5,
          attention_bias=True, rms_norm_eps=1e-3, **PLAIN),
    _case("glm4-whole", "glm4", "all of each head rotates, no biases, tied", partial=1.0, attention_bias=False,
          tie_word_embeddings=True),
    # cohere2
    _case("cohere2-plain", "cohere2", "attention and MLP side by side, tied", style="old", sliding_window=3,
          layer_types=None, num_hidden_layers=5, logit_scale=0.25, rope="default", hidden_act="silu",
          tie_word_embeddings=True, layer_norm_eps=1e-3, attention_bias=False),
    _case("cohere2-layer-types", "cohere2", "windows by layer_types, biases, untied", attention_bias=True,
          tie_word_embeddings=False, num_hidden_layers=3, sliding_window=4,
          layer_types=["full_attention", "sliding_attention", "sliding_attention"]),
    # minimax_m2
    _case("minimax_m2-plain", "minimax_m2", "half of each head rotates", partial=0.5, rope="default",
          num_local_experts=6, num_experts_per_tok=3, rms_norm_eps=1e-3, **PLAIN),
    _case("minimax_m2-negative", "minimax_m2", "scores below zero, one expert, bfloat16", partial=1.0,
          num_local_experts=4, num_experts_per_tok=1, correction=-0.6, dtype="bfloat16"),
    # gemma3
    _case("gemma3-plain", "gemma3_text", "windows in five of six layers, two thetas, tied", style="old",
          layer_types=None, sliding_window=3, rope="linear", tie_word_embeddings=True, num_hidden_layers=4,
          hidden_activation="gelu_pytorch_tanh", rms_norm_eps=1e-2, attention_bias=False),
    _case("gemma3-layer-types", "gemma3_text", "windows by layer_types, biases, a cap of logits, none of scores, untied",
          attention_bias=True, attn_logit_softcapping=2.0, final_logit_softcapping=4.0, tie_word_embeddings=False, num_hidden_layers=3,
          layer_types=["full_attention", "sliding_attention", "full_attention"], query_pre_attn_scalar=24),
    # llama4
    _case("llama4-plain", "llama4_text", "chunks of five, norms after rotation, growing queries, every second layer "
          "with experts", attention_chunk_size=5, use_qk_norm=True, attn_temperature_tuning=True, floor_scale=2,
          attn_scale=0.5, no_rope_layer_interval=3, interleave_moe_layer_step=2, num_hidden_layers=4,
          num_local_experts=4, num_experts_per_tok=1, rope="default", attention_bias=False, **PLAIN),
    _case("llama4-two", "llama4_text", "two experts a token in each layer, no chunks, no norms, biases",
          attention_chunk_size=None, use_qk_norm=False, attn_temperature_tuning=False, interleave_moe_layer_step=1,
          num_local_experts=4, num_experts_per_tok=2, attention_bias=True, num_hidden_layers=3,
          no_rope_layer_interval=2),
    # seed_oss
    _case("seed_oss-plain", "seed_oss", "biases of q, k and v alone", attention_bias=True, attention_out_bias=False,
          mlp_bias=False, rope="default", **PLAIN),
    _case("seed_oss-other-biases", "seed_oss", "biases of o and of the MLP alone, tied", attention_bias=False,
          attention_out_bias=True, mlp_bias=True, tie_word_embeddings=True),
    # ministral3
    _case("ministral3-plain", "ministral3", "queries that grow with their position", sliding_window=None, **PLAIN),
    _case("ministral3-window", "ministral3", "with a window, tied", sliding_window=3, tie_word_embeddings=True),
    # others of Llama's kind
    _case("arcee-plain", "arcee", "an MLP without a gate, biases", attention_bias=True, mlp_bias=True, rope="default",
          hidden_act="gelu"),
    _case("ernie4_5-plain", "ernie4_5", "neighbours rotate, biases, tied", use_bias=True, tie_word_embeddings=True,
          rope="default"),
    _case("glm-plain", "glm", "neighbours of half of each head rotate", partial=0.5, rope="default", **PLAIN),
    _case("ministral-plain", "ministral", "windows by layer_types", sliding_window=3, rope="yarn", num_hidden_layers=2,
          layer_types=["sliding_attention", "full_attention"], **PLAIN),
    _case("gemma-plain", "gemma", "norms that add 1, scaled embeddings, tied", rope="default",
          hidden_act="gelu_pytorch_tanh", tie_word_embeddings=True, rms_norm_eps=1e-2, attention_bias=False),
    _case("cohere-plain", "cohere", "attention and MLP side by side, biases, tied", attention_bias=True,
          tie_word_embeddings=True, rope="default", logit_scale=0.25),
    _case("nemotron-plain", "nemotron", "LayerNorm that adds 1, no gate, part of each head rotates", partial=0.5,
          attention_bias=False, mlp_bias=True, rope="default", hidden_act="relu2", tie_word_embeddings=False),
    _case("phi-plain", "phi", "attention and MLP side by side, all biases", partial=0.5, rope="default",
          hidden_act="gelu_new", tie_word_embeddings=False),
    _case("stablelm-plain", "stablelm", "part of each head rotates, biases of q, k and v", partial=0.5, rope="default",
          use_qkv_bias=True, use_parallel_residual=False, **PLAIN),
    _case("stablelm-parallel", "stablelm", "attention and MLP side by side", partial=1.0, use_qkv_bias=False,
          use_parallel_residual=True),
    _case("starcoder2-plain", "starcoder2", "all biases, a window, tied", use_bias=True, sliding_window=4,
          rope="default", hidden_act="gelu_pytorch_tanh", tie_word_embeddings=True),
    _case("dots1-plain", "dots1", "first layer dense, weights as they are", first_k_dense_replace=1, norm_topk_prob=False,
          rope="default", num_hidden_layers=3, layer_types=None, **ONE_GROUP, **PLAIN),
    _case("exaone_moe-plain", "exaone_moe", "layers without a window have no rope, first layer dense, groups",
          first_k_dense_replace=1, num_hidden_layers=4, rope="default", sliding_window=3, norm_topk_prob=True,
          layer_types=["sliding_attention", "sliding_attention", "full_attention", "sliding_attention"], **GROUPS),
    # gpt2
    _case("gpt2-plain", "gpt2", "as transformers writes it", scale_attn_weights=True, n_inner=None,
          scale_attn_by_inverse_layer_idx=False, activation_function="gelu_new", tie_word_embeddings=True),
    _case("gpt2-bare", "gpt2", "as it lies on the hub: no prefix, stored masks; odd width", storage="bare", n_inner=13,
          scale_attn_weights=False, scale_attn_by_inverse_layer_idx=True, tie_word_embeddings=True),
    # bert
    _case("bert-plain", "bert", "encoder: hidden states only", hidden_act="gelu", layer_norm_eps=1e-12),
    _case("bert-relu", "bert", "encoder, relu, one token type", hidden_act="relu", type_vocab_size=1,
          layer_norm_eps=1e-3),
    # roberta and its kin
    _case("roberta-padding", "roberta", "encoder, places counted from after the padding, which one text has",
          pad_token_id=3, vocab_size=41, max_position_embeddings=20, lengths=(16, 5)),
    _case("xlm_roberta-plain", "xlm_roberta", "encoder, one token type, as released", style="sparse",
          type_vocab_size=1, hidden_act="gelu", layer_norm_eps=1e-5),
    # distilbert
    _case("distilbert-plain", "distilbert", "encoder without token types", activation="gelu"),
    # modernbert
    _case("modernbert-windows", "modernbert", "encoder, windows on both sides, layers with angles of their own",
          local_attention=4, num_hidden_layers=3,
          layer_types=["sliding_attention", "full_attention", "sliding_attention"],
          rope_parameters=MODERN_ROPES, norm_bias=False, attention_bias=False, mlp_bias=False),
    _case("modernbert-old", "modernbert", "config.json in the style of transformers 4, biases", style="old",
          local_attention=7, num_hidden_layers=4,
          layer_types=["full_attention", "sliding_attention", "sliding_attention", "full_attention"],
          rope_parameters=MODERN_ROPES, norm_bias=True, attention_bias=True, mlp_bias=True),
    # siglip
    _case("siglip_vision-plain", "siglip_vision", "encoder of images, whose sides are no multiple of a patch's",
          image_size=13, patch_size=3, num_channels=3, hidden_act="gelu_pytorch_tanh", vision_use_head=True),
    _case("siglip_vision-headless", "siglip_vision", "without what pools patches, bfloat16", dtype="bfloat16",
          vision_use_head=False, num_channels=1),
    # Qwen's encoders of images
    _case("qwen2_vl_vision-plain", "qwen2_vl_vision", "two frames, as published",
          spatial_merge_size=2, temporal_patch_size=2, hidden_act="quick_gelu", grids=([2, 4, 6], [1, 2, 2])),
    _case("qwen2_5_vl_vision-windows", "qwen2_5_vl_vision", "windows that do not divide the image, one layer sees all",
          depth=3, num_heads=2, fullatt_block_indexes=[1], spatial_merge_size=2, patch_size=3, window_size=13, hidden_act="silu",
          temporal_patch_size=2, grids=([2, 6, 10], [1, 4, 4])),
    _case("qwen2_5_vl_vision-half", "qwen2_5_vl_vision", "bfloat16, no layer sees all, another theta, patches of one frame",
          depth=2, fullatt_block_indexes=[], temporal_patch_size=1, in_channels=1, spatial_merge_size=1, patch_size=2,
          window_size=5, dtype="bfloat16", rope_parameters={"rope_type": "axial", "rope_theta": 300.0},
          grids=([1, 5, 3], [3, 1, 2])),
    _case("qwen3_vl_vision-plain", "qwen3_vl_vision", "three layers hand on more, positions stretched and shrunk",
          depth=4, num_heads=2, deepstack_visual_indexes=[0, 2, 3], num_position_embeddings=16, spatial_merge_size=2,
          temporal_patch_size=2, hidden_act="gelu_pytorch_tanh", grids=([2, 6, 10], [1, 2, 2])),
    _case("qwen3_vl_vision-threes", "qwen3_vl_vision", "float16, three by three patches are joined", dtype="float16",
          spatial_merge_size=3, num_position_embeddings=25, grids=([1, 3, 9], [1, 6, 3])),
    _case("qwen3_5_vision-plain", "qwen3_5_vision", "no layer hands on more", spatial_merge_size=2,
          num_position_embeddings=9, grids=([1, 4, 6], [2, 2, 4])),
)  # fmt: skip
