"""Random rotary-embedding settings: every rope type of transformers, small enough for its rules to bite on short texts."""

import random

ALL = ("default", "linear", "dynamic", "yarn", "llama3", "longrope")


def _factors(rng, count):
    return [round(rng.uniform(1.0, 6.0), 3) for _ in range(count)]


def _yarn(rng, rope):
    rope["factor"] = rng.choice((2.0, 4.0, 32.0))
    rope["original_max_position_embeddings"] = rng.choice((8, 16, 64, 4096))
    for key, options in (("beta_fast", (None, 32.0, 4, 2.5)), ("beta_slow", (None, 1.0, 0.5))):
        value = rng.choice(options)
        if value is not None:
            rope[key] = value
    truncate = rng.choice((None, True, False))
    if truncate is not None:
        rope["truncate"] = truncate
    scale = rng.choice(("none", "factor", "mscale", "both"))
    if scale == "factor":
        rope["attention_factor"] = rng.choice((0.8, 1.0, 1.3))
    elif scale == "mscale":  # alone it has no effect
        rope["mscale"] = 1.5
    elif scale == "both":
        rope["mscale"], rope["mscale_all_dim"] = rng.choice(((1.0, 1.0), (0.707, 1.2), (1.4, 0.6)))


def _llama3(rng, rope):
    rope["factor"] = rng.choice((2.0, 8.0))
    rope["low_freq_factor"] = rng.choice((1.0, 0.5))
    rope["high_freq_factor"] = rng.choice((4.0, 8.0))
    rope["original_max_position_embeddings"] = rng.choice((16, 64, 1024))


def _longrope(rng, rope, dim):
    rope["short_factor"] = _factors(rng, dim // 2)
    rope["long_factor"] = _factors(rng, dim // 2)
    rope["original_max_position_embeddings"] = 8
    extra = rng.choice(("none", "factor", "attention_factor", "both"))
    if extra in ("factor", "both"):
        rope["factor"] = rng.choice((4.0, 1.0, 2.5))
    if extra in ("attention_factor", "both"):
        rope["attention_factor"] = rng.choice((0.9, 1.2))


def draw_rope(rng: random.Random, kind: str, dim: int) -> dict:
    """Parameters of one rope type over `dim` rotary dimensions, as transformers 5 keeps them."""
    rope = {"rope_type": kind, "rope_theta": rng.choice((100.0, 10000.0, 1000000.0, 500.5))}
    if kind in ("linear", "dynamic"):
        rope["factor"] = rng.choice((1.5, 2.0, 4.0))
    elif kind == "yarn":
        _yarn(rng, rope)
    elif kind == "llama3":
        _llama3(rng, rope)
    elif kind == "longrope":
        _longrope(rng, rope, dim)
    return rope


def draw_max_positions(rng: random.Random, kind: str) -> int:
    """dynamic and longrope look at max_position_embeddings: it is drawn so that texts go past it."""
    return rng.choice((8, 10)) if kind == "dynamic" else rng.choice((32, 64, 128))
