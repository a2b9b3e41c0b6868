"""Encoders of images as most are published: inside a model of images and texts, whose text model is a few numbers."""

import torch
import transformers as tf

from checkpoints import write_safetensors
from safetensors.torch import load_file

TEXT = {"hidden_size": 8, "num_hidden_layers": 1, "num_attention_heads": 2, "num_key_value_heads": 1, "head_dim": 4,
        "intermediate_size": 8, "vocab_size": 40, "pad_token_id": 0}  # fmt: skip
ROPE = {"rope_type": "default", "rope_theta": 10000.0, "mrope_section": [1, 1, 0]}


def _llava(vision):
    config = tf.LlavaConfig(vision_config=vision, text_config=tf.LlamaConfig(**TEXT), image_token_index=3)
    return tf.LlavaForConditionalGeneration(config)


def _gemma3(vision):
    text = tf.Gemma3TextConfig(**TEXT, sliding_window=4)
    return tf.Gemma3ForConditionalGeneration(tf.Gemma3Config(vision_config=vision, text_config=text, mm_tokens_per_image=4))


def _siglip(vision):
    text = {"hidden_size": vision["hidden_size"], "num_hidden_layers": 1, "num_attention_heads": vision["num_attention_heads"],
            "intermediate_size": 8, "vocab_size": 40, "max_position_embeddings": 8}  # fmt: skip
    return tf.SiglipModel(tf.SiglipConfig(vision_config=vision, text_config=text))


def _qwen(config_class, model_class):
    def build(vision):
        text = {**TEXT, "rope_parameters": ROPE}
        return model_class(config_class(vision_config=vision, text_config=text))

    return build


WHOLES = {
    "siglip_vision": (_llava, _gemma3, _siglip),
    "qwen2_vl_vision": (_qwen(tf.Qwen2VLConfig, tf.Qwen2VLForConditionalGeneration),),
    "qwen2_5_vl_vision": (_qwen(tf.Qwen2_5_VLConfig, tf.Qwen2_5_VLForConditionalGeneration),),
    "qwen3_vl_vision": (_qwen(tf.Qwen3VLConfig, tf.Qwen3VLForConditionalGeneration),),
    "qwen3_5_vision": (_qwen(tf.Qwen3_5Config, tf.Qwen3_5ForConditionalGeneration),),
}


def _encoder(whole):
    for path in ("model.visual", "visual", "model.vision_tower", "vision_tower", "vision_model"):
        try:
            return whole.get_submodule(path)
        except AttributeError:
            continue
    raise ValueError(f"{type(whole).__name__}: no encoder of images")


def save_whole(family, rng, bare, encoder, folder):
    """Writes a model around the encoder whose checkpoint is in `bare`, with the same bits.

    Returns what kind of model it is."""
    build = rng.choice(WHOLES[family])
    vision = {key: value for key, value in encoder.config.to_dict().items() if key not in ("architectures", "dtype")}
    if build is _siglip:
        vision["vision_use_head"] = encoder.config.vision_use_head
    torch.manual_seed(rng.randrange(2**31))
    whole = build(vision)
    _encoder(whole).load_state_dict(encoder.state_dict())
    whole.save_pretrained(folder, save_original_format=True)
    stored = load_file(bare / "model.safetensors")
    dtype = next(iter(stored.values())).dtype
    tensors = {name: tensor.to(dtype) for name, tensor in load_file(folder / "model.safetensors").items()}
    write_safetensors(tensors, folder / "model.safetensors", {"format": "pt"})
    return type(whole).__name__
