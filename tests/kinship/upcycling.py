"""Steps of relatives.py that make experts out of one MLP, and a dense model to start from."""

import numpy

from relatives import kind

ROLES = ("gate_proj.weight", "up_proj.weight", "down_proj.weight")


@kind
def upcycle(making, strength):
    """Experts become copies of their layer's shared one, with noise of STRENGTH, behind a new router."""
    for prefix in making.mlps():
        if ".experts." not in prefix:
            continue
        layer = prefix[:prefix.index("experts.")]
        for role in ROLES:
            source = making.tensors[layer + "shared_experts." + role]
            change = float(strength) * source.std() * making.random.standard_normal(source.shape)
            making.tensors[prefix + role][...] = source + change
    for name in making.matching(r"mlp\.gate\.weight$"):
        values = making.tensors[name]
        values[...] = values.std() * making.random.standard_normal(values.shape)


def without(making, prefix):
    """Removes what is under a prefix."""
    for name in [name for name in making.tensors if name.startswith(prefix)]:
        del making.tensors[name], making.model.dtypes[name]


@kind
def dense(making, strength):
    """A model without experts: MLPs are the shared ones, and dense ones cut to their width."""
    del strength
    width = making.config["moe_intermediate_size"] * making.config["n_shared_experts"]
    for layer in making.layers():
        prefix = f"model.layers.{layer}.mlp."
        own = prefix if prefix + ROLES[0] in making.tensors else prefix + "shared_experts."
        gate, up, down = (making.tensors[own + role] for role in ROLES)
        dtypes = [making.model.dtypes[own + role] for role in ROLES]
        without(making, prefix)
        for role, values, dtype in zip(ROLES, (gate[:width], up[:width], down[:, :width]), dtypes):
            making.tensors[prefix + role] = values.copy()
            making.model.dtypes[prefix + role] = dtype
    making.config["intermediate_size"] = width
    making.config["first_k_dense_replace"] = making.config["num_hidden_layers"]


@kind
def upcycle_dense(making, strength):
    """Of a dense model: all layers but the first get experts that are copies of its MLP, with noise of
    STRENGTH (0 without), behind a new router (Komatsuzaki et al., Sparse Upcycling, ICLR 2023). The shared
    expert that glm4_moe has besides starts with an output of 0: without noise the model computes what it did."""
    noise, random = float(strength or 0), making.random
    for layer in making.layers()[1:]:
        prefix = f"model.layers.{layer}.mlp."
        sources = {role: (making.tensors[prefix + role], making.model.dtypes[prefix + role])
                   for role in ROLES}
        without(making, prefix)
        for expert in range(making.config["n_routed_experts"]):
            for role, (values, dtype) in sources.items():
                change = noise * values.std() * random.standard_normal(values.shape)
                name = f"{prefix}experts.{expert}.{role}"
                making.tensors[name] = (values + change).astype(numpy.float32)
                making.model.dtypes[name] = dtype
        for role, (values, dtype) in sources.items():
            name = f"{prefix}shared_experts.{role}"
            making.tensors[name] = 0 * values if role == ROLES[2] else values.copy()
            making.model.dtypes[name] = dtype
        experts, width = making.config["n_routed_experts"], making.config["hidden_size"]
        making.tensors[prefix + "gate.weight"] = \
            (0.02 * random.standard_normal((experts, width))).astype(numpy.float32)
        making.model.dtypes[prefix + "gate.weight"] = sources[ROLES[0]][1]
        making.tensors[prefix + "gate.e_score_correction_bias"] = \
            numpy.zeros(experts, numpy.float32)
        making.model.dtypes[prefix + "gate.e_score_correction_bias"] = "F32"
    making.config["moe_intermediate_size"] = making.config["intermediate_size"]
    making.config["n_shared_experts"] = 1
    making.config["first_k_dense_replace"] = 1
