"""Tokens a second of `modelkin run` beside Hugging Face's transformers on this machine's processors.

    run_transformers.py MODELKIN FOLDER [MODEL ...] [--rounds N] [--threads N]

Both run the same models in float32 on as many threads, in turn, and the best of the rounds counts.
Startup is taken out of both: what a run of 2N new tokens takes longer than one of N. Besides models
given (folders with config.json and *.safetensors) it makes two in FOLDER and leaves them there: a
Llama of 86 million parameters in float32, and a mixture of experts of GLM's kind.

    generate: one text, greedy, with a cache; 2N tokens against N
    prefill:  a batch of texts through the model once, logits of the last token of each; 2B texts
              against B, where modelkin needs a process for each and transformers does not
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time

import numpy as np
import torch
import transformers


CPU_TIME = False


def now():
    return time.process_time() if CPU_TIME else time.perf_counter()


def make_model(path, config):
    if os.path.exists(os.path.join(path, "config.json")):
        return path
    torch.manual_seed(1)
    model = transformers.AutoModelForCausalLM.from_config(config, dtype=torch.float32)
    model.save_pretrained(path)
    return path


def made_models(folder):
    llama = transformers.LlamaConfig(
        hidden_size=768, intermediate_size=2048, num_hidden_layers=8, num_attention_heads=12,
        num_key_value_heads=4, vocab_size=24000, max_position_embeddings=2048, eos_token_id=None,
        bos_token_id=None)
    glm = transformers.Glm4MoeConfig(
        hidden_size=512, intermediate_size=1536, moe_intermediate_size=256, num_hidden_layers=6,
        num_attention_heads=8, num_key_value_heads=2, head_dim=64, n_routed_experts=32,
        num_experts_per_tok=4, n_shared_experts=1, first_k_dense_replace=1, vocab_size=16000,
        max_position_embeddings=2048, n_group=1, topk_group=1, eos_token_id=None, bos_token_id=None)
    return [make_model(os.path.join(folder, "peer-llama"), llama),
            make_model(os.path.join(folder, "peer-moe"), glm)]


class Modelkin:
    def __init__(self, program, model, threads):
        self.command = [program, "run", model, "--quiet", "--threads", str(threads)]

    def _run(self, texts, *flags):
        command = [*self.command, *flags]
        for text in texts:
            command += ["--ids", ",".join(map(str, text))]
        with tempfile.TemporaryFile() as output:
            begin = time.perf_counter()
            process = subprocess.Popen(command, stdout=output)
            _, status, usage = os.wait4(process.pid, 0)
            seconds = time.perf_counter() - begin
            process.returncode = os.waitstatus_to_exitcode(status)
            if process.returncode != 0:
                sys.exit(process.returncode)
            output.seek(0)
            return usage.ru_utime + usage.ru_stime if CPU_TIME else seconds, output.read()

    def generate(self, text, count):
        seconds, output = self._run([text], "--generate", str(count), "--json")
        ids = json.loads(output)["texts"][0]["generated_ids"]
        return seconds, ids

    def prefill(self, texts):
        return self._run(texts)[0]


class Transformers:
    def __init__(self, model, threads):
        torch.set_num_threads(threads)
        self.model = transformers.AutoModelForCausalLM.from_pretrained(model, dtype=torch.float32)
        self.model.eval()
        self.model.generation_config = transformers.GenerationConfig(
            do_sample=False, use_cache=True, pad_token_id=0)

    def generate(self, text, count):
        ids = torch.tensor([text])
        begin = now()
        with torch.inference_mode():
            out = self.model.generate(ids, attention_mask=torch.ones_like(ids), max_new_tokens=count,
                                      min_new_tokens=count)
        return now() - begin, out[0, len(text):].tolist()

    def prefill(self, texts):
        ids = torch.tensor(texts)
        begin = now()
        with torch.inference_mode():
            self.model(ids, logits_to_keep=1)
        return now() - begin


def rate(amount, short, long):
    """Of what `long` takes longer than `short`: the smallest of each counts."""
    return amount / max(min(long) - min(short), 1e-9)


def compare(program, path, options):
    ours = Modelkin(program, path, options.threads)
    theirs = Transformers(path, options.threads)
    vocabulary = theirs.model.config.vocab_size
    positions = theirs.model.config.max_position_embeddings
    parameters = sum(p.numel() for p in theirs.model.parameters())
    random = np.random.default_rng(3)
    text = random.integers(3, vocabulary, 16).tolist()
    count = min(options.tokens, (positions - len(text)) // 2)
    length = min(128, positions // 2)
    texts = random.integers(3, vocabulary, (2 * options.texts, length)).tolist()
    _, expected = theirs.generate(text, 2 * count)
    _, got = ours.generate(text, 2 * count)
    agree = next((i for i, (a, b) in enumerate(zip(got, expected)) if a != b), len(got))
    if len(got) < 2 * count and agree == len(got):
        count = len(got) // 2  # the model ended its text
    theirs.prefill(texts)
    times = {}
    for _ in range(options.rounds):
        for side, name in ((ours, "ours"), (theirs, "theirs")):
            for tokens, which in ((count, "short"), (2 * count, "long")):
                times.setdefault((name, "generate", which), []).append(side.generate(text, tokens)[0])
            for batch, which in ((texts[:options.texts], "short"), (texts, "long")):
                times.setdefault((name, "prefill", which), []).append(side.prefill(batch))
    print(f"{path}: {parameters / 1e6:.1f} million parameters; first {agree} of {len(got)} tokens the same")
    missed = False
    for kind, amount in (("generate", count), ("prefill", options.texts * length)):
        rates = [rate(amount, times[name, kind, "short"], times[name, kind, "long"])
                 for name in ("ours", "theirs")]
        ratio = rates[0] / rates[1]
        missed = missed or ratio < 1
        print(f"  {kind:8}: modelkin {rates[0]:9.1f} tokens/s, transformers {rates[1]:9.1f}; ratio "
              f"{ratio:.2f}, wanted 1.0 {'ok' if ratio >= 1 else 'MISSED'}", flush=True)
    return missed


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("modelkin")
    parser.add_argument("folder")
    parser.add_argument("models", nargs="*")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--threads", type=int, default=len(os.sched_getaffinity(0)))
    parser.add_argument("--tokens", type=int, default=32)
    parser.add_argument("--texts", type=int, default=16)
    parser.add_argument("--cpu-time", action="store_true",
                        help="processors' time, with --threads 1: for a machine that others use as well")
    options = parser.parse_args()
    global CPU_TIME
    CPU_TIME = options.cpu_time
    os.makedirs(options.folder, exist_ok=True)
    transformers.logging.set_verbosity_error()
    transformers.logging.disable_progress_bar()
    print(f"torch {torch.__version__}, transformers {transformers.__version__}, {options.threads} threads")
    missed = [compare(options.modelkin, path, options)
              for path in [*made_models(options.folder), *options.models]]
    sys.exit(any(missed))


if __name__ == "__main__":
    main()
