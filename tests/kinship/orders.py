"""Pairs of which weights alone don't say who was first: [(steps that make A of a model, steps that make B)].

They leave signs of the wrong order: none of these may become a fact.
"""

# B is A, moved off A's grid by less than rounding moves values.
OFF_THE_GRID = [
    ("int4:32", "noise:0.03"),
    ("int4:32", "fine_tune:0.03"),
    ("mxfp4", "noise:0.03"),
    ("int4_zero_point:32", "noise:0.03"),
    ("int4:128", "noise:0.03"),
    ("int8", "noise:0.002"),
    ("fp8:0", "fine_tune:0.01"),
]

# B is made of A.
TURNED = OFF_THE_GRID + [
    ("copy", "vocab_cut:40"),
    ("copy", "vocab_cut:40+fine_tune:0.05"),
    ("int4:32", "noise:0.05+permute_residual+permute_hidden"),
    ("int4:32", "noise:0.05+permute_residual+permute_hidden+permute_heads"),
    ("prune:0.5", "noise:0.02"),
    ("prune:0.5", "fine_tune:0.05"),
    ("prune24", "fine_tune:0.05"),
    ("duplicate_layers:1", "undouble:1"),
    ("duplicate_layers:1", "undouble:1+fine_tune:0.05"),
    ("duplicate_layers:1+noise:0.01", "undouble:1"),
    ("upcycle:0.05", "dense"),
    ("upcycle:0.05", "dense+fine_tune:0.05"),
    ("copy", "under_half_a_step:0.2"),
    ("int4:32", "spread_over_a_step:32"),
    ("copy", "longer_unseen_rows:1.02"),
]

# Both are made of one model: neither was first.
CHILDREN = [
    ("fine_tune:0.05", "fine_tune:0.05"),
    ("int4:32", "fine_tune:0.02"),
    ("int4:32", "mxfp4"),
    ("prune:0.5", "noise:0.01"),
    ("prune:0.5", "prune:0.3"),
    ("vocab_extend:16", "fine_tune:0.05"),
    ("duplicate_layers:1", "duplicate_layers:1+noise:0.01"),
    ("duplicate_layers:1", "fine_tune:0.05"),
    ("dense+upcycle_dense:0.1", "dense+upcycle_dense:0.1"),
    ("dense+upcycle_dense:0.1", "dense+fine_tune:0.05"),
    ("upcycle:0.05", "upcycle:0.05"),
]

# Signs see that both go back to what neither is, or that values were moved off a grid by less than rounding does.
WITHOUT_SIGNS = OFF_THE_GRID + [
    ("fine_tune:0.05", "fine_tune:0.05"),
    ("duplicate_layers:1", "duplicate_layers:1+noise:0.01"),
    ("dense+upcycle_dense:0.1", "dense+upcycle_dense:0.1"),
    ("upcycle:0.05", "upcycle:0.05"),
]
