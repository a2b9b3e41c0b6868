"""Text in three languages that Debian's packages bring along, and a small byte-level BPE of it."""

import collections
import gettext
import heapq
import json
import pathlib
import re
import sys

LANGUAGES = ("en", "de", "fr")
CATALOGUES = pathlib.Path("/usr/share/locale")
TEXT_BYTES = 1_500_000  # of each language, at most
LEAST_BYTES = 300_000
VOCABULARY = 512
BPE_WORDS = 4000  # the most frequent ones, that merges are chosen by
WORD = r" ?\w+| ?[^\w\s]+|\s+"


def read_messages(language):
    """[(English, translation)] of all programs' message catalogues, in the order of their names."""
    pairs = []
    for path in sorted(CATALOGUES.glob(f"{language}/LC_MESSAGES/*.mo")):
        if path.name.startswith("iso_"):
            continue  # lists of names
        try:
            with open(path, "rb") as file:
                catalogue = gettext.GNUTranslations(file)._catalog
        except (OSError, UnicodeDecodeError):
            continue
        pairs += [(key.split("\x04")[-1], text) for key, text in sorted(  # "context\x04message"
            (key, text) for key, text in catalogue.items()
            if isinstance(key, str) and key and text and text != key)]
    return pairs


def read_texts():
    """{language: text}: English messages are those that have a German translation."""
    german, french = read_messages("de"), read_messages("fr")
    import numpy  # a plan needs none
    texts = {}
    for language, messages in zip(LANGUAGES, ([key for key, _ in german],
                                              [text for _, text in german],
                                              [text for _, text in french])):
        order = numpy.random.default_rng(1).permutation(len(messages))
        text = "\n".join(messages[index] for index in order)
        texts[language] = text.encode()[:TEXT_BYTES].decode(errors="ignore")
        if len(texts[language].encode()) < LEAST_BYTES:
            sys.exit(f"too little text in {language}: {CATALOGUES} lacks message catalogues "
                     "(Debian: of git, binutils, dpkg, ...; slim images leave them out)")
    return texts


def byte_letters():
    """The letter that GPT-2's tokenizers write for each byte."""
    plain = [*range(33, 127), *range(161, 173), *range(174, 256)]
    others = [byte for byte in range(256) if byte not in plain]
    return {byte: chr(byte) for byte in plain} | \
        {byte: chr(256 + index) for index, byte in enumerate(others)}


def merged(word, pair):
    word, at = list(word), 0
    while at < len(word) - 1:
        if (word[at], word[at + 1]) == pair:
            word[at:at + 2] = [word[at] + word[at + 1]]
        at += 1
    return tuple(word)


def learn_merges(texts):
    """Pairs to be merged, the most frequent first (Sennrich et al., ACL 2016)."""
    letters = byte_letters()
    counts = collections.Counter(word for text in texts.values() for word in re.findall(WORD, text))
    words = {tuple(letters[byte] for byte in word.encode()): count
             for word, count in heapq.nsmallest(BPE_WORDS, counts.items(),
                                                key=lambda item: (-item[1], item[0]))}
    merges = []
    while len(merges) < VOCABULARY - len(letters):
        pairs = collections.Counter()
        for word, count in words.items():
            for pair in zip(word, word[1:]):
                pairs[pair] += count
        best = min(pairs, key=lambda pair: (-pairs[pair], pair))
        merges.append(best)
        words = {merged(word, best) if best[0] in word else word: count
                 for word, count in words.items()}
    return merges


def tokenizer_json(merges):
    tokens = [*byte_letters().values(), *(left + right for left, right in merges)]
    split = {"type": "Split", "pattern": {"Regex": WORD}, "behavior": "Isolated", "invert": False}
    bytes_as_letters = {"type": "ByteLevel", "add_prefix_space": False, "trim_offsets": True,
                        "use_regex": False}
    return {"version": "1.0", "truncation": None, "padding": None, "added_tokens": [],
            "normalizer": None,
            "pre_tokenizer": {"type": "Sequence", "pretokenizers": [split, bytes_as_letters]},
            "post_processor": None, "decoder": bytes_as_letters,
            "model": {"type": "BPE", "dropout": None, "unk_token": None,
                      "continuing_subword_prefix": None, "end_of_word_suffix": None,
                      "fuse_unk": False, "byte_fallback": False,
                      "vocab": {token: index for index, token in enumerate(tokens)},
                      "merges": [list(pair) for pair in merges]}}


def encode(text, tokenizer):
    import numpy
    vocabulary, merges = tokenizer["model"]["vocab"], tokenizer["model"]["merges"]
    ranks = {tuple(pair): rank for rank, pair in enumerate(merges)}
    letters, known, ids = byte_letters(), {}, []
    for word in re.findall(WORD, text):
        if word not in known:
            parts = tuple(letters[byte] for byte in word.encode())
            while len(parts) > 1:
                pair = min(zip(parts, parts[1:]), key=lambda pair: ranks.get(pair, len(ranks)))
                if pair not in ranks:
                    break
                parts = merged(parts, pair)
            known[word] = [vocabulary[part] for part in parts]
        ids += known[word]
    return numpy.array(ids, dtype=numpy.uint16)


def prepare(folder):
    """Writes tokenizer.json and the texts as tokens into the folder, unless they are there."""
    if all((folder / f"{language}.npy").exists() for language in LANGUAGES):
        return
    import numpy
    folder.mkdir(parents=True, exist_ok=True)
    texts = read_texts()
    tokenizer = tokenizer_json(learn_merges(texts))
    (folder / "tokenizer.json").write_text(json.dumps(tokenizer, indent=1) + "\n")
    for language, text in texts.items():
        ids = encode(text, tokenizer)
        numpy.save(folder / f"{language}.npy", ids)
        print(f"{language}: messages of {CATALOGUES}, {len(text.encode())} bytes, "
              f"{len(ids)} tokens", flush=True)
