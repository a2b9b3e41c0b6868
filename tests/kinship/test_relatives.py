"""Disguises leave what a model computes as it was; changes do what they say."""

import unittest

import numpy

import checkpoints
import made_up
import relatives

HEADS, GROUPS, SIZE, WIDTH = made_up.HEADS, made_up.GROUPS, made_up.SIZE, made_up.WIDTH
ROTARY = SIZE // 2


def norm(x, scale):
    return x / numpy.sqrt((x * x).mean(axis=-1, keepdims=True) + 1e-5) * scale


def rotated(x, positions):
    """x: tokens by heads by SIZE; pairs are (i, i + ROTARY / 2) of the first ROTARY."""
    half = ROTARY // 2
    angles = positions[:, None] * 10000.0 ** (-numpy.arange(half) / half)
    cosine, sine = numpy.cos(angles)[:, None], numpy.sin(angles)[:, None]
    result = x.copy()
    result[..., :half] = x[..., :half] * cosine - x[..., half:ROTARY] * sine
    result[..., half:ROTARY] = x[..., half:ROTARY] * cosine + x[..., :half] * sine
    return result


class Network:
    """A forward pass of the made-up model, all experts weighed by the router's softmax."""

    def __init__(self, model):
        self.tensors = {name: values.astype(numpy.float64)
                        for name, values in model.tensors.items()}
        self.layers = model.config["num_hidden_layers"]

    def logits(self, tokens):
        x = self.tensors["model.embed_tokens.weight"][tokens]
        for layer in range(self.layers):
            prefix = f"model.layers.{layer}."
            x = x + self.attention(prefix, norm(x, self.tensors[prefix + "input_layernorm.weight"]))
            x = x + self.mlp(prefix + "mlp.",
                             norm(x, self.tensors[prefix + "post_attention_layernorm.weight"]))
        return norm(x, self.tensors["model.norm.weight"]) @ self.tensors["lm_head.weight"].T

    def attention(self, prefix, x):
        q, k, v = ((x @ self.tensors[f"{prefix}self_attn.{role}_proj.weight"].T
                    + self.tensors[f"{prefix}self_attn.{role}_proj.bias"]
                    ).reshape(len(x), -1, SIZE) for role in "qkv")
        positions = numpy.arange(len(x))
        q, k = rotated(q, positions), rotated(k, positions)
        k, v = (numpy.repeat(values, HEADS // GROUPS, axis=1) for values in (k, v))
        scores = numpy.einsum("qhd,khd->hqk", q, k) / numpy.sqrt(SIZE)
        scores = numpy.where(positions[:, None] >= positions, scores, -numpy.inf)
        shares = numpy.exp(scores - scores.max(axis=-1, keepdims=True))
        shares /= shares.sum(axis=-1, keepdims=True)
        mixed = numpy.einsum("hqk,khd->qhd", shares, v).reshape(len(x), -1)
        return mixed @ self.tensors[prefix + "self_attn.o_proj.weight"].T

    def gated(self, prefix, x):
        gate = x @ self.tensors[prefix + "gate_proj.weight"].T
        up = x @ self.tensors[prefix + "up_proj.weight"].T
        return (gate / (1 + numpy.exp(-gate)) * up) @ self.tensors[prefix + "down_proj.weight"].T

    def mlp(self, prefix, x):
        if prefix + "gate.weight" not in self.tensors:
            return self.gated(prefix, x)
        scores = (x @ self.tensors[prefix + "gate.weight"].T
                  + self.tensors[prefix + "gate.e_score_correction_bias"])
        shares = numpy.exp(scores) / numpy.exp(scores).sum(axis=-1, keepdims=True)
        result = self.gated(prefix + "shared_experts.", x)
        for expert in range(scores.shape[1]):
            result = result + shares[:, [expert]] * self.gated(f"{prefix}experts.{expert}.", x)
        return result


TOKENS = numpy.random.default_rng(5).integers(0, made_up.TOKENS, 24)


def in_float32(model):
    model = model.copy()
    model.dtypes = {name: "F32" for name in model.dtypes}
    return model


class Disguises(unittest.TestCase):
    def test_leave_logits_as_they_were(self):
        source = in_float32(made_up.made_up_model(1))
        expected = Network(source).logits(TOKENS)
        for steps in ("permute_hidden", "permute_experts", "permute_heads", "permute_residual",
                      "sign_residual", "rotate_residual", "scale_hidden:4", "scale_norms:4",
                      "disguise_attention",
                      "rotate_residual+permute_hidden+permute_experts+permute_heads"
                      "+disguise_attention+scale_hidden:2"):
            with self.subTest(steps=steps):
                model = relatives.make(source, steps, seed=3)
                changed = sum(not numpy.array_equal(model.tensors[name], source.tensors[name])
                              for name in source.tensors)
                self.assertGreater(changed, 5)
                logits = Network(model).logits(TOKENS)
                self.assertLess(abs(logits - expected).max(), 2e-4 * abs(expected).max())

    def test_other_steps_do_not(self):
        source = in_float32(made_up.made_up_model(1))
        expected = Network(source).logits(TOKENS)
        for steps in ("noise:0.1", "int4:32", "prune:0.5", "lora:4"):
            logits = Network(relatives.make(source, steps, seed=3)).logits(TOKENS)
            self.assertGreater(abs(logits - expected).max(), 1e-2 * abs(expected).max())


class Changes(unittest.TestCase):
    def setUp(self):
        self.source = made_up.made_up_model(1)
        self.name = "model.layers.0.mlp.gate_proj.weight"

    def made(self, steps, **others):
        return relatives.make(self.source, steps, seed=3, **others)

    def test_pruned(self):
        self.assertAlmostEqual((self.made("prune:0.3").tensors[self.name] == 0).mean(), 0.3,
                               delta=0.01)
        fours = self.made("prune24").tensors[self.name].reshape(-1, 4)
        self.assertTrue(((fours == 0).sum(axis=1) >= 2).all())

    def test_rank(self):
        name = "model.layers.0.self_attn.q_proj.weight"
        source = in_float32(self.source)
        change = (relatives.make(source, "lora:4", seed=3).tensors[name] - source.tensors[name])
        singular = numpy.linalg.svd(change, compute_uv=False)
        self.assertLess(singular[4], 1e-4 * singular[3])

    def test_bf16_rounds_to_even(self):
        values = numpy.float32([1, 1 + 2 ** -8, 1 + 3 * 2 ** -8, -1.0039063, 0, 3e38])
        stored = checkpoints.from_bf16(checkpoints.to_bf16(values))
        numpy.testing.assert_array_equal(stored[:3], numpy.float32([1, 1, 1 + 2 ** -6]))
        again = checkpoints.from_bf16(checkpoints.to_bf16(stored))
        numpy.testing.assert_array_equal(stored, again)

    def test_e4m3(self):
        numpy.testing.assert_array_equal(
            checkpoints.e4m3([0, 1.0625, 1.1875, 17, 1000, -0.0009, 2.0 ** -9]),
            [0, 1, 1.25, 16, 448, 0, 2.0 ** -9])

    def test_merges(self):
        other = made_up.made_up_model(2)
        half = self.made("merge:0.5", other=other).tensors[self.name]
        mean = (self.source.tensors[self.name] + other.tensors[self.name]) / 2
        numpy.testing.assert_allclose(half, mean, rtol=2 ** -8)


if __name__ == "__main__":
    unittest.main()
