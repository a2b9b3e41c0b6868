"""modelkin tokenizer, held against a second implementation, on made-up and real tokenizers."""

import base64
import json
import os
import unittest

from support import CliTest, run, validate

SHARED = os.environ.get("MODELKIN_SHARED_DATA", "")


def byte_of_character():
    """GPT-2's table, from its definition: printable Latin-1 as it is, other bytes from 256 on."""
    printable = [*range(0x21, 0x7F), *range(0xA1, 0xAD), *range(0xAE, 0x100)]
    table = {chr(byte): byte for byte in printable}
    for index, byte in enumerate(byte for byte in range(256) if byte not in printable):
        table[chr(256 + index)] = byte
    return table


TABLE = byte_of_character()


def byte_level(text):
    return bytes(TABLE[c] for c in text) if all(c in TABLE for c in text) else text.encode()


def read_tokenizer_json(path):
    """{bytes: first id} of a byte-level tokenizer.json, and its merges as pairs of bytes."""
    with open(path, encoding="utf-8") as file:
        root = json.load(file)
    by_id = {number: byte_level(text) for text, number in root["model"]["vocab"].items()}
    by_id.update({token["id"]: token["content"].encode() for token in root.get("added_tokens", [])})
    merges = [merge.split(" ") if isinstance(merge, str) else merge for merge in root["model"]["merges"]]
    return first_ids(by_id), [tuple(byte_level(side) for side in merge) for merge in merges]


def first_ids(by_id):
    ids = {}
    for number in sorted(by_id):
        ids.setdefault(by_id[number], number)
    return ids


def read_vocab_json(path):
    with open(path, encoding="utf-8") as file:
        return first_ids({number: byte_level(text) for text, number in json.load(file).items()})


def read_tiktoken(path):
    with open(path, "rb") as file:
        return first_ids({int(rank): base64.b64decode(text) for text, rank in map(bytes.split, file)})


def spearman(pairs):
    """Pearson's correlation of ranks, computed as such."""
    def ranks(values):
        order = sorted(range(len(values)), key=values.__getitem__)
        places = [0] * len(values)
        for place, index in enumerate(order):
            places[index] = place
        return places
    a, b = ranks([a for a, _ in pairs]), ranks([b for _, b in pairs])
    mean = (len(a) - 1) / 2
    return sum((x - mean) * (y - mean) for x, y in zip(a, b)) / sum((x - mean) ** 2 for x in a)


class TokenizerCommand(CliTest):
    def tokenizer(self, a, b):
        process = run("tokenizer", a, b, "--json")
        self.assertEqual(process.returncode, 0, process.stderr)
        result = json.loads(process.stdout)
        validate(result, "tokenizer.schema.json")
        return result

    def expect_like(self, result, ids_a, ids_b):
        shared = ids_a.keys() & ids_b.keys()
        self.assertEqual(result["tokens"]["a"], len(ids_a))
        self.assertEqual(result["tokens"]["b"], len(ids_b))
        self.assertEqual(result["tokens"]["shared"], len(shared))
        self.assertAlmostEqual(result["tokens"]["jaccard"], len(shared) / len(ids_a.keys() | ids_b.keys()))
        self.assertEqual(result["same_id"], sum(ids_a[text] == ids_b[text] for text in shared))
        offsets = {}
        for text in shared:
            offset = ids_b[text] - ids_a[text]
            offsets[offset] = offsets.get(offset, 0) + 1
        self.assertEqual([item["tokens"] for item in result["offsets"]],
                         sorted(offsets.values(), reverse=True)[:10])
        for item in result["offsets"]:
            self.assertEqual(offsets[item["offset"]], item["tokens"])
        self.assertAlmostEqual(result["order_correlation"],
                               spearman([(ids_a[text], ids_b[text]) for text in shared]), places=9)

    def write_bpe(self, name, tokens, merges):
        return self.write(name, json.dumps({
            "pre_tokenizer": {"type": "ByteLevel"},
            "added_tokens": [{"id": len(tokens), "content": "<|end|>", "special": True}],
            "model": {"type": "BPE", "vocab": {token: i for i, token in enumerate(tokens)},
                      "merges": merges}}))

    def test_two_spellings_of_one_token(self):
        bpe = self.write_bpe("a/tokenizer.json", ["Ġthe", "a", "Ċ"], ["Ġ the"])
        tiktoken = self.write("b.tiktoken", b"".join(
            base64.b64encode(text) + b" %d\n" % i for i, text in enumerate([b"a", b" the", b"\n"])))
        result = self.tokenizer(bpe, tiktoken)
        self.assertEqual(result["tokens"]["shared"], 3)
        self.assertIsNone(result["merges"])
        self.assertEqual(result["special"]["only_a"], ["<|end|>"])
        self.expect_like(result, read_tokenizer_json(bpe)[0], read_tiktoken(tiktoken))

    def test_itself_and_text(self):
        path = self.write_bpe("tokenizer.json", ["a", "b", "ab", "Ġ"], ["a b", "Ġ a"])
        result = self.tokenizer(path, self.folder)
        self.assertEqual(result["tokens"]["jaccard"], 1)
        self.assertEqual(result["same_id"], 5)
        self.assertEqual(result["merge_rank_correlation"], 1)
        text = run("tokenizer", path, path).stdout
        self.assertIn("5 shared of 5 and 5: Jaccard 1.0000", text)
        self.assertIn("says nothing about weights", text)

    def test_nothing_shared(self):
        a = self.write_bpe("a/tokenizer.json", ["x"], [])
        b = self.write("b.tiktoken", b"eQ== 0\n")
        result = self.tokenizer(a, b)
        self.assertEqual((result["tokens"]["shared"], result["tokens"]["jaccard"]), (0, 0))
        self.assertIsNone(result["longest_run"])
        self.assertIsNone(result["order_correlation"])
        self.assertIn("no text is shared", run("tokenizer", a, b).stdout)

    def test_bad_files(self):
        good = self.write_bpe("tokenizer.json", ["a"], [])
        for name, content in (("bad.json", "{"), ("bad.model", "\n"), ("bad.tiktoken", "x"),
                              ("bad.gguf", "GGUF")):
            process = run("tokenizer", good, self.write(name, content))
            self.assertEqual((process.returncode, process.stderr.count("\n")), (3, 1), process.stderr)
            self.assertIn(name, process.stderr)
        self.assertEqual(run("tokenizer", good).returncode, 2)

    @unittest.skipUnless(SHARED, "MODELKIN_SHARED_DATA is not set: REAL TOKENIZERS NOT CHECKED")
    def test_real_tokenizers(self):
        folder = os.path.join(SHARED, "realdata", "tokenizers")
        qwen = os.path.join(folder, "cogito-qwen-14b.vocab.json")
        llama = os.path.join(folder, "llama3.tiktoken.model")
        granite = os.path.join(folder, "granite31-1b-a400m.tokenizer.json")
        self.expect_like(self.tokenizer(qwen, llama), read_vocab_json(qwen), read_tiktoken(llama))
        ids, merges = read_tokenizer_json(granite)
        result = self.tokenizer(granite, llama)
        self.expect_like(result, ids, read_tiktoken(llama))
        self.assertEqual(result["a"]["merges"], len(merges))
        # Known: same tokens, ids shifted; one vocabulary in two formats; Jaccard of published pairs.
        for a, b, jaccard, same in (("ggml-vocab-refact.gguf", "ggml-vocab-starcoder.gguf", 0.9950, 0.0093),
                                    ("ggml-vocab-gpt-neox.gguf", "ggml-vocab-mpt.gguf", 1, 1),
                                    ("ggml-vocab-llama-spm.gguf", "llama2.sentencepiece.model", 1, 1),
                                    ("ggml-vocab-llama-spm.gguf", "ggml-vocab-phi-3.gguf", 0.9980, 1)):
            result = self.tokenizer(os.path.join(folder, a), os.path.join(folder, b))
            self.assertAlmostEqual(result["tokens"]["jaccard"], jaccard, places=4)
            self.assertAlmostEqual(result["same_id"] / result["tokens"]["shared"], same, places=4)
        # What the text output quotes, so that agreement is not mistaken for kinship.
        for a, b, jaccard, order in (("ggml-vocab-gpt-2.gguf", "ggml-vocab-gpt-neox.gguf", 0.58, 0.77),
                                     (qwen, llama, 0.64, 0.9993)):
            result = self.tokenizer(os.path.join(folder, a), os.path.join(folder, b))
            self.assertAlmostEqual(result["tokens"]["jaccard"], jaccard, places=2)
            self.assertAlmostEqual(result["order_correlation"], order, places=len(str(order)) - 2)


if __name__ == "__main__":
    unittest.main()
