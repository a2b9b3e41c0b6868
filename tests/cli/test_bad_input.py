"""Bad input at the command line: exit code 3, one line, file and tensor and offset named."""

import json
import os
import struct
import unittest

from support import CliTest, f32, raw_safetensors, run, safetensors


def entry(dtype="F32", shape=(2,), offsets=(0, 8)):
    return {"dtype": dtype, "shape": list(shape), "data_offsets": list(offsets)}


def with_header(header, data=b"\0" * 8):
    return raw_safetensors(header if isinstance(header, (str, bytes)) else json.dumps(header), data)


# name -> (file content, what the message has to contain)
BAD_FILES = {
    "empty": (b"", ["empty"]),
    "seven_bytes": (b"1234567", ["8-byte"]),
    "header_past_the_end": (struct.pack("<Q", 1000) + b"{}", ["past the file's end"]),
    "header_over_the_limit": (struct.pack("<Q", 100_000_001) + b"{}", ["limit"]),
    "header_length_wraps": (struct.pack("<Q", 2**64 - 8) + b"{}", ["limit"]),
    "not_json": (with_header("{not json}"), ["JSON"]),
    "deep_json": (with_header('{"w":' * 100_000), ['"w"', "deep"]),
    "deep_array": (with_header('{"w":{"x":' + "[" * 100_000), ["deep"]),
    "duplicate_name": (with_header('{"w":%s,"w":%s}' % ((json.dumps(entry()),) * 2)), ['"w"', "twice"]),
    "unknown_dtype": (with_header({"w": entry(dtype="F33")}), ['"w"', "F33"]),
    "negative_shape": (with_header({"w": entry(shape=(-2,))}), ['"w"', "negative"]),
    "overflowing_shape": (with_header({"w": entry(shape=(2**33, 2**33))}), ['"w"', "overflow"]),
    "reversed_offsets": (with_header({"w": entry(offsets=(8, 0))}), ['"w"', "reversed"]),
    "overlapping": (with_header({"v": entry(offsets=(0, 8)), "w": entry(offsets=(4, 12))}, b"\0" * 12),
                    ['"w"', "overlap"]),
    "hole": (with_header({"v": entry(offsets=(0, 8)), "w": entry(offsets=(12, 20))}, b"\0" * 20),
             ['"w"', "hole"]),
    "past_the_end": (with_header({"w": entry(offsets=(8, 16))}), ['"w"', "past the end"]),
    "wrong_size": (with_header({"w": entry(shape=(3,))}), ['"w"', "12 bytes"]),
    "trailing_bytes": (with_header({"w": entry()}, b"\0" * 9), ["belong to no tensor"]),
    "truncated": (safetensors({"w": ("F32", [4], f32([1, 2, 3, 4]))})[:-3], ['"w"', "truncated"]),
    "pickle": (b"\x80\x02}q\x00." + b"\0" * 64, ["pickle"]),
    "zip": (b"PK\x03\x04" + b"\0" * 64, ["zip", "cut off"]),
    "lfs_pointer": (b"version https://git-lfs.github.com/spec/v1\noid sha256:00\n", ["LFS"]),
    "terminal_escape": (with_header({"w\x1b[2J": entry(dtype="X")}), ["\\x1b[2J"]),
}


class BadInput(CliTest):
    def setUp(self):
        super().setUp()
        self.good = self.write_model("good.safetensors", {"w": ("F32", [2], f32([1, 2]))})

    def expect_refusal(self, bad, fragments, named=None):
        for arguments in (["compare", bad, self.good], ["compare", self.good, bad], ["diff", bad, bad],
                          ["compare", self.good, self.good, "--control", bad]):
            process = run(*arguments)
            self.assertEqual(process.returncode, 3, (arguments, process.stderr))
            self.assertEqual(process.stdout, "")
            self.assertEqual(process.stderr.count("\n"), 1, process.stderr)
            self.assertNotIn("\x1b", process.stderr)
            for fragment in [named or bad, *fragments]:
                self.assertIn(fragment, process.stderr)

    def test_bad_files(self):
        for name, (content, fragments) in BAD_FILES.items():
            with self.subTest(name):
                bad = self.write(f"{name}.safetensors", content)
                self.expect_refusal(bad, [*fragments, "byte "])

    def test_nothing_there(self):
        self.expect_refusal(self.path("missing"), ["no such file"])
        os.makedirs(self.path("no_models"))
        self.expect_refusal(self.path("no_models"), ["no .safetensors"])
        self.write("pickles/pytorch_model.bin", b"PK\x03\x04")
        self.expect_refusal(self.path("pickles"), ["pytorch_model.bin", "cut off"],
                            named=self.path("pickles/pytorch_model.bin"))

    def test_fifo_is_refused_at_once(self):
        os.mkfifo(self.path("pipe.safetensors"))
        self.expect_refusal(self.path("pipe.safetensors"), ["regular file"])

    def index(self, folder, weight_map):
        self.write(f"{folder}/model.safetensors", safetensors({"w": ("F32", [2], f32([1, 2]))}))
        self.write(f"{folder}/model.safetensors.index.json", json.dumps({"weight_map": weight_map}))
        return self.path(folder)

    def test_bad_indexes(self):
        self.expect_refusal(self.index("missing_shard", {"w": "gone.safetensors"}),
                            ["gone.safetensors", "none of the shards", "name one of these"])
        for shard in ("../good.safetensors", "/etc/passwd.safetensors", "a/../../b.safetensors", "x.json"):
            with self.subTest(shard):
                self.expect_refusal(self.index("leaving", {"w": shard}), ['"w"', "is no file of weights", "byte "])
        self.expect_refusal(self.index("lacking", {"w": "model.safetensors", "v": "model.safetensors"}),
                            ['"v"', "lacks"])
        self.write("not_json/model.safetensors.index.json", "{")
        self.expect_refusal(self.path("not_json"), ["JSON", "byte "])


if __name__ == "__main__":
    unittest.main()
