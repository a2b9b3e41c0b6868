"""What `modelkin trace` has to say of models made by relatives.py: [(steps, kinds, direction)].

Kinds: all that have to be named, and no others but those in brackets. Direction: where signs point, A being
the source; who was first is shown by none of these.
"""

NONE, A_TO_B = "none", "a_to_b"

CASES = [
    ("copy", "copy", NONE),
    ("cast:f32", "exact_cast", NONE),
    ("cast:f16", "exact_cast", None),  # some values may need more digits than F16 has, or not
    ("noise:0.01", "noise_added", NONE),
    ("noise:0.1", "noise_added", NONE),
    ("noise:0.3", "noise_added", NONE),
    ("fine_tune:0.02", "fine_tuned", NONE),
    ("fine_tune:0.1", "fine_tuned", NONE),
    ("int8", "quantised", A_TO_B),
    ("int4:32", "quantised", A_TO_B),
    ("int4:64", "quantised", A_TO_B),
    ("int4:128", "quantised", A_TO_B),
    ("int4_offset:32", "quantised", A_TO_B),
    ("int4_offset:64", "quantised", A_TO_B),
    ("fp8:0", "quantised", A_TO_B),
    ("fp8:128", "quantised", A_TO_B),
    ("lora:1", "lora_merge", NONE),
    ("lora:2", "lora_merge", NONE),
    ("lora:4", "lora_merge", NONE),
    ("lora:8", "lora_merge", NONE),
    ("lora:16", "lora_merge", NONE),
    ("prune:0.1", "pruned", A_TO_B),
    ("prune:0.3", "pruned", A_TO_B),
    ("prune:0.5", "pruned", A_TO_B),
    ("prune:0.7", "pruned", A_TO_B),
    ("prune24", "pruned_2_4", A_TO_B),
    ("upcycle:0", "upcycled", A_TO_B),
    ("upcycle:0.05", "upcycled [noise_added]", A_TO_B),
    ("drop_layers:0", "copy layers_dropped", NONE),
    ("drop_layers:1", "copy layers_dropped", NONE),
    ("duplicate_layers:1", "copy layers_duplicated", A_TO_B),
    ("duplicate_layers:0", "copy layers_duplicated", A_TO_B),
    ("vocab_extend:8", "copy vocabulary_extended", A_TO_B),
    ("vocab_extend:64", "copy vocabulary_extended", A_TO_B),
    ("vocab_reorder", "copy vocabulary_reordered", NONE),
    ("rename", "copy renamed", NONE),
    # Parts taken out, put in, or elsewhere.
    ("remove_direction", "direction_removed", NONE),
    ("remove_direction:0.5", "direction_removed", NONE),
    ("drop_experts:1,3", "copy experts_dropped", NONE),
    ("drop_experts:3,1", "copy experts_dropped experts_permuted", NONE),
    ("merge_experts:2", "experts_merged", NONE),
    ("reverse_layers:2", "copy layers_reordered", NONE),
    ("narrow_hidden:0.5+permute_hidden", "copy width_pruned hidden_units_permuted", NONE),
    ("extend_units:0.25", "copy width_extended", NONE),
    # Disguises.
    ("permute_hidden", "copy hidden_units_permuted", NONE),
    ("permute_experts", "copy experts_permuted", NONE),
    ("permute_heads", "copy heads_permuted", NONE),
    ("permute_residual", "copy residual_permuted", NONE),
    ("sign_residual", "copy residual_permuted", NONE),
    ("permute_residual+sign_residual", "copy residual_permuted", NONE),
    ("rotate_residual", "residual_rotated", NONE),
    ("scale_hidden:1.5", "scaled", NONE),
    ("scale_hidden:4", "scaled", NONE),
    ("scale_norms:1.5", "scaled", NONE),
    ("scale_norms:4", "scaled", NONE),
    ("disguise_attention", "attention_disguised", NONE),
    # Exact symmetries that are neither an order nor a rotation.
    ("flip_hidden", "copy hidden_units_sign_flipped", NONE),
    ("flip_values:0.2", "attention_disguised", NONE),
    ("flip_values", "attention_disguised", NONE),
    ("rotate_planes", "attention_disguised", NONE),
    ("shift_keys:1", "[copy]", NONE),
    ("shift_values:0.5", "[copy]", NONE),
    ("shift_unembedding:3", "shifted", NONE),
    ("shift_router:3", "shifted", NONE),
    ("scale_residual:4", "scaled", NONE),
    ("scale_routed:3", "scaled", NONE),
    # Residual coordinates and hidden units more or less.
    ("widen:8+noise:0.01", "width_extended noise_added", NONE),
    ("widen_noise:16+noise:0.01", "width_extended noise_added", NONE),
    ("narrow:16+noise:0.01", "width_pruned noise_added", NONE),
    ("narrow:16+permute_residual+permute_hidden",
     "copy width_pruned residual_permuted hidden_units_permuted", NONE),
    ("narrow_hidden:0.5", "copy width_pruned", NONE),
    # Tokens tell nothing of coordinates.
    ("vocab_reorder+permute_residual+permute_hidden",
     "copy vocabulary_reordered residual_permuted hidden_units_permuted", NONE),
    ("new_embeddings+permute_residual+sign_residual+permute_hidden+noise:0.02",
     "residual_permuted hidden_units_permuted noise_added", NONE),
    # Layouts.
    ("rotary_pairs", "copy rotary_layout", NONE),
    ("rotary_halves+fine_tune:0.05", "rotary_layout fine_tuned", NONE),
    ("rotary_pairs+permute_residual+permute_hidden",
     "copy rotary_layout residual_permuted hidden_units_permuted", NONE),
    ("transpose+rename", "copy renamed", NONE),
    # Two and three at once.
    ("permute_hidden+permute_experts+permute_heads+permute_residual",
     "copy hidden_units_permuted experts_permuted heads_permuted residual_permuted", NONE),
    ("flip_hidden+permute_hidden+rotate_residual",
     "hidden_units_sign_flipped hidden_units_permuted residual_rotated", NONE),
    ("flip_hidden+permute_hidden+permute_residual+fine_tune:0.05",
     "hidden_units_sign_flipped hidden_units_permuted residual_permuted fine_tuned", NONE),
    ("shift_unembedding:3+permute_residual", "shifted residual_permuted", NONE),
    ("permute_hidden+int8", "hidden_units_permuted quantised", A_TO_B),
    ("permute_residual+prune:0.5", "residual_permuted pruned", A_TO_B),
    ("permute_experts+lora:4", "experts_permuted lora_merge", NONE),
    ("rotate_residual+permute_hidden", "residual_rotated hidden_units_permuted", NONE),
    ("rotate_residual+disguise_attention", "residual_rotated attention_disguised", NONE),
    ("rotate_residual+permute_hidden+noise:0.02", "residual_rotated hidden_units_permuted fine_tuned",
     NONE),
    ("permute_residual+noise:0.05+rename", "residual_permuted renamed noise_added", NONE),
    ("permute_residual+rotate_residual+noise:0.02+rename", "residual_rotated renamed fine_tuned",
     NONE),
    ("rotate_residual+permute_hidden+permute_experts+permute_heads+disguise_attention+noise:0.02",
     "residual_rotated hidden_units_permuted experts_permuted heads_permuted attention_disguised"
     " fine_tuned", NONE),
    ("scale_hidden:2+permute_hidden", "scaled hidden_units_permuted", NONE),
    ("prune:0.5+masked_noise:0.05", "pruned noise_added", A_TO_B),
    ("prune:0.5+noise:0.02", "pruned noise_added", NONE),
    ("fine_tune:0.05+int4:32", "quantised fine_tuned", NONE),
    ("lora:8+rename", "renamed lora_merge", NONE),
    ("drop_layers:1+permute_hidden", "copy layers_dropped hidden_units_permuted", NONE),
    ("vocab_extend:16+fine_tune:0.05", "vocabulary_extended fine_tuned", A_TO_B),
    ("cast:f32+noise:0.001", "noise_added", NONE),
]

# What strangers are put through: they have to stay strangers.
STRANGERS = [
    "copy", "cast:f32", "noise:0.1", "fine_tune:0.1", "int4:32", "fp8:0", "lora:4", "prune:0.5",
    "prune24", "upcycle:0", "drop_layers:1", "duplicate_layers:1", "vocab_extend:16",
    "vocab_reorder", "rename", "permute_hidden", "permute_experts", "permute_heads",
    "permute_residual", "sign_residual", "rotate_residual", "scale_hidden:4", "scale_norms:4",
    "disguise_attention", "permute_residual+rename", "rotate_residual+permute_hidden+rename",
    "rotate_residual+permute_hidden+permute_experts+permute_heads+disguise_attention+noise:0.02",
    "narrow:16", "narrow:24+permute_residual", "widen:8", "widen_noise:16+noise:0.01",
    "narrow_hidden:0.5", "vocab_reorder+permute_residual", "new_embeddings+permute_residual",
    "flip_hidden+permute_hidden+rotate_residual",
    "flip_values+rotate_planes+shift_unembedding:3+shift_router:3+scale_residual:4",
    "permute_residual+rotate_residual+noise:0.02+rename",
]

# (how, strength, other: whether it is a child of A (else a stranger), steps after, method)
MERGES = [
    ("merge", 0.1, True, "", "linear"),
    ("merge", 0.3, False, "", "linear"),
    ("merge", 0.5, True, "", "linear"),
    ("merge", 0.5, False, "", "linear"),
    ("slerp", 0.3, False, "", "slerp"),
    ("slerp", 0.5, False, "", "slerp"),
    ("merge", 0.5, True, "+int4:32", "linear"),
    ("merge", 0.3, True, "+int8", "linear"),
    ("task_arithmetic", 0.7, True, "", "task_arithmetic"),
    ("task_arithmetic", 1.0, True, "", "task_arithmetic"),
    ("dare", 0.5, True, "", "dare"),
    ("dare", 0.9, True, "", "dare"),
    ("ties", 0.2, True, "", "ties"),
    ("ties", 0.5, True, "", "ties"),
]


def wanted(kinds):
    """(those that have to be there, those that may)."""
    required = {kind for kind in kinds.split() if not kind.startswith("[")}
    allowed = {kind.strip("[]") for kind in kinds.split()}
    return required, allowed
