#!/usr/bin/env python3
"""How often `modelkin trace` is right, on models whose lineage is known (scripts/train-zoo and
scripts/train-second-zoo):

    run.py ZOO [--modelkin build/release/bin/modelkin] [--results FILE] [--qq FILE.svg]

Runs `modelkin trace A B --json` on pairs of the zoo, one JSON line each into the results file; a
pair that is there, by the same build, isn't run again. Prints tables in Markdown. The standard
library is enough.

What is true of a pair comes from lineage.json: the relation of a model to what it was made from;
"relatives" for two models with a common ancestor that aren't parent and child; and "null" for two
models whose ancestors don't meet, which is to say that nothing is shared but maybe the data. A
relation of no_evidence, as of a model to one that it was distilled from, makes no ancestor.
"""

import argparse
import collections
import concurrent.futures
import hashlib
import json
import math
import pathlib
import random
import shlex
import statistics
import subprocess
import sys
import time

TRUTHS = ("identical", "derived", "shares_material", "relatives", "null")
CATEGORIES = ("identical", "derived", "shares_material", "no_evidence", "not_comparable")
LEVELS = (0.05, 0.01, 0.001)
STRONG = -6  # log10 p of strong evidence
# Tests of one MLP, and where the JSON has their p.
MLP_TESTS = {"gate_up_matching": "log10_p", "hidden_order": "order_log10_p",
             "hidden_trace": "trace_log10_p"}
RETRAINED = ("same text, same order", "same text, other order", "other text")
OTHER_NULLS = ("untrained", "with a descendant")


# Statistics.

def beta_cdf(x, a, b):
    """The regularised incomplete beta function, by its continued fraction (Lentz)."""
    if x <= 0 or x >= 1:
        return float(x >= 1)
    if x > (a + 1) / (a + b + 2):
        return 1 - beta_cdf(1 - x, b, a)
    front = math.exp(math.lgamma(a + b) - math.lgamma(a) - math.lgamma(b)
                     + a * math.log(x) + b * math.log1p(-x)) / a
    c, d = 1.0, 1 / (1 - (a + b) * x / (a + 1))
    value = d
    for m in range(1, 1000):
        for step in (m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m)),
                     -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1))):
            d, c = 1 / (1 + step * d), 1 + step / c
            value *= c * d
        if abs(c * d - 1) < 1e-14:
            break
    return front * value


def beta_quantile(p, a, b):
    low, high = 0.0, 1.0
    for _ in range(100):
        middle = (low + high) / 2
        low, high = (middle, high) if beta_cdf(middle, a, b) < p else (low, middle)
    return (low + high) / 2


def clopper_pearson(hits, count, confidence=0.95):
    tail = (1 - confidence) / 2
    return (beta_quantile(tail, hits, count - hits + 1) if hits else 0.0,
            beta_quantile(1 - tail, hits + 1, count - hits) if hits < count else 1.0)


# The zoo.

def read_zoo(folder):
    """{name: lineage}"""
    zoo = {}
    for path in sorted(folder.glob("*/lineage.json")):
        if not path.parent.name.startswith("."):
            lineage = json.loads(path.read_text())
            parent = lineage.get("init")  # all that older ones tell
            lineage.setdefault("relations", {parent: "derived"} if parent else {})
            lineage.setdefault("kind", "tuned" if parent else "retrained")
            zoo[path.parent.name] = lineage
    return zoo


def made_from(lineage):
    return [name for name, truth in lineage["relations"].items() if truth != "no_evidence"]


def ancestors(zoo, name):
    """The model itself and all that it was made from."""
    found, waiting = set(), [name]
    while waiting:
        current = waiting.pop()
        if current not in found:
            found.add(current)
            waiting += made_from(zoo[current]) if current in zoo else []
    return found


def is_original(lineage):
    return not made_from(lineage)


def null_class(one, other):
    """Which kind of strangers two models are, and first of all what both have in common."""
    structure = one.get("structure")
    if structure and structure == other.get("structure"):
        return f"both {structure}"
    if "upcycled" in (structure, other.get("structure")):
        return "with an upcycled one"
    if not is_original(one) or not is_original(other):
        return "with a descendant"
    if not one["steps"] or not other["steps"]:
        return "untrained"
    if one["data"] != other["data"]:
        return "other text"
    same = one.get("data_seed") == other.get("data_seed")
    return "same text, same order" if same else "same text, other order"


def truth_of(zoo, a, b):
    """(truth, kind)"""
    for child, parent in ((b, a), (a, b)):
        truth = zoo[child]["relations"].get(parent)
        if truth == "no_evidence":
            return "null", zoo[child]["kind"]
        if truth:
            return truth, zoo[child]["kind"]
    if ancestors(zoo, a) & ancestors(zoo, b):
        return "relatives", "relatives"
    return "null", null_class(zoo[a], zoo[b])


def choose_pairs(zoo, which, ordered, strangers):
    """[(A, B)]: of parent and child, the parent first.

    "needed": the originals with each other, each model with what it was made from, and with a few
    strangers, drawn by its name.
    """
    pairs = set()
    names = sorted(zoo)
    originals = [name for name in names if is_original(zoo[name])]
    first = names if which == "all" else originals
    pairs |= {(a, b) for i, a in enumerate(first) for b in first[i + 1:]}
    if which == "needed":
        for name in names:
            pairs |= {(parent, name) for parent in zoo[name]["relations"] if parent in zoo}
            unrelated = [other for other in originals if other not in ancestors(zoo, name)]
            if not is_original(zoo[name]):
                pairs |= {(other, name) for other in random.Random(name).sample(
                    unrelated, min(strangers, len(unrelated)))}
    pairs = {(b, a) if b in zoo[a]["relations"] else (a, b) for a, b in pairs}
    if ordered:
        pairs |= {(b, a) for a, b in pairs}
    return sorted(pairs)


# Runs.

def trace(options, build, a, b):
    begin = time.monotonic()
    record = {"a": a, "b": b, "build": build}
    command = [options.modelkin, "trace", options.zoo / a, options.zoo / b, "--json",
               *shlex.split(options.flags)]
    try:
        run = subprocess.run(command, capture_output=True, timeout=options.timeout)
        if run.returncode not in (0, 1):
            raise ValueError(f"exit code {run.returncode}")
        report = json.loads(run.stdout)
        record["category"] = category(report["verdict"]["category"])
        record["tests"] = [{key: number(test.get(key)) if key != "name" else test[key]
                            for key in ("name", "log10_p", "effect")}
                           for test in report["tests"]]
        record["mlps"] = {test: [round(mlp[key], 4) for mlp in report["mlps"]
                                 if mlp[key] is not None]
                          for test, key in MLP_TESTS.items()}
    except (OSError, ValueError, KeyError, TypeError, subprocess.TimeoutExpired) as error:
        message = run.stderr.decode(errors="replace").strip()[-300:] if "run" in locals() else ""
        record["error"] = message or repr(error)
    record["seconds"] = round(time.monotonic() - begin, 3)
    return record


def category(text):
    text = text.lower().replace(" ", "_").replace("-", "_")
    return next((known for known in CATEGORIES if text.startswith(known)), text)


def number(value):
    usable = isinstance(value, (int, float)) and not isinstance(value, bool)
    return value if usable and math.isfinite(value) else None


def read_results(path):
    """{(A, B): the latest record}"""
    results = {}
    if path.exists():
        for line in path.read_text().splitlines():
            try:
                record = json.loads(line)
            except ValueError:
                continue  # cut off
            results[record["a"], record["b"]] = record
    return results


def run_pairs(options, pairs):
    build = hashlib.sha256(options.modelkin.read_bytes()).hexdigest()[:12]
    known = read_results(options.results)
    waiting = [pair for pair in pairs if pair not in known or "error" in known[pair]
               or known[pair]["build"] != build]
    print(f"{len(pairs)} pairs, {len(waiting)} of them to be run", file=sys.stderr)
    options.results.parent.mkdir(parents=True, exist_ok=True)
    cut_off = options.results.exists() and options.results.read_bytes()[-1:] not in (b"", b"\n")
    with open(options.results, "a", encoding="utf-8") as file, \
            concurrent.futures.ThreadPoolExecutor(options.jobs) as pool:
        if cut_off:
            file.write("\n")
        done = pool.map(lambda pair: trace(options, build, *pair), waiting)
        for count, record in enumerate(done, 1):
            file.write(json.dumps(record) + "\n")
            file.flush()
            if count % 100 == 0:
                print(f"{count} of {len(waiting)}", file=sys.stderr)


# Tables.

def table(head, rows):
    lines = [head, ["---"] * len(head)] + rows
    return "\n".join("| " + " | ".join(str(cell) for cell in line) + " |" for line in lines) + "\n"


def share_with_interval(hits, count):
    if not count:
        return "-"
    low, high = clopper_pearson(hits, count)
    return f"{hits}/{count} = {hits / count:.4f} ({low:.4f} to {high:.4f})"


def short(value):
    if value is None:
        return "-"
    if value == 0:
        return "0"
    return f"{value:.0f}" if abs(value) >= 100 else \
        f"{value:.1f}" if abs(value) >= 10 else f"{value:.3g}"


def median(values):
    values = [value for value in values if value is not None]
    return statistics.median(values) if values else None


def value_of(record, test, key):
    return next((entry[key] for entry in record["tests"] if entry["name"] == test), None)


def evidence(records, test):
    """log10 p and effect of one test, as medians."""
    p = median(value_of(record, test, "log10_p") for record in records)
    effect = median(value_of(record, test, "effect") for record in records)
    return "-" if p is None and effect is None else f"{short(p)} / {short(effect)}"


def test_names(records):
    return list(dict.fromkeys(test["name"] for record in records for test in record["tests"]))


def null_kinds(records):
    """Of trained models with initialisations of their own, the usual ones first."""
    kinds = {record["kind"] for record in records if record["truth"] == "null"}
    return [*RETRAINED, *sorted(kinds - {*RETRAINED, *OTHER_NULLS})]


def retrained(records):
    return [record for record in records
            if record["truth"] == "null" and record["kind"] not in OTHER_NULLS]


def confusion(records):
    columns = list(CATEGORIES) + sorted({record["category"] for record in records}
                                        - set(CATEGORIES))
    rows = []
    for truth in TRUTHS:
        own = [record for record in records if record["truth"] == truth]
        counts = collections.Counter(record["category"] for record in own)
        rows.append([truth, len(own)] + [counts[column] or "." for column in columns])
    return "## Truth against verdict\n\n" + table(["truth", "pairs", *columns], rows)


def false_accusations(records):
    nulls = [record for record in records if record["truth"] == "null"]
    rows = []
    for kind in (*null_kinds(records), *OTHER_NULLS):
        own = [record for record in nulls if record["kind"] == kind]
        wrong = sum(record["category"] not in ("no_evidence", "not_comparable") for record in own)
        rows.append([kind, share_with_interval(wrong, len(own))])
    text = "Null pairs with a verdict other than no_evidence or not_comparable, with 95 % " \
        "intervals:\n\n" + table(["null pairs", "share"], rows)
    return text + examples("Null pairs accused", [
        record for record in nulls if record["category"] not in ("no_evidence", "not_comparable")])


def missed(records):
    return examples("Pairs missed", [record for record in records
                                     if record["truth"] in ("identical", "derived",
                                                            "shares_material")
                                     and record["category"] in ("no_evidence", "not_comparable")])


def examples(title, records, most=20):
    if not records:
        return ""
    lines = [f"- {record['a']}, {record['b']} ({record['kind']}): {record['category']}; "
             + ", ".join(f"{test['name']} {short(test['log10_p'])}" for test in record["tests"]
                         if test["log10_p"] is not None)
             for record in records[:most]]
    more = [f"- and {len(records) - most} more"] if len(records) > most else []
    return f"\n{title} (tests with log10 p):\n\n" + "\n".join(lines + more) + "\n"


def p_values(records, test):
    return [value for value in (value_of(record, test, "log10_p") for record in records)
            if value is not None]


def hits_at(log10_ps, level):
    return sum(value <= math.log10(level) for value in log10_ps)


def false_positives(records, tests):
    nulls, kinds = retrained(records), null_kinds(records)
    rows, by_class = [], []
    for test in tests:
        values = p_values(nulls, test)
        effects = [abs(value) for value in (value_of(record, test, "effect") for record in nulls)
                   if value is not None]
        rows.append([test, len(values), len(nulls) - len(values)]
                    + [share_with_interval(hits_at(values, level), len(values)) for level in LEVELS]
                    + [short(min(values, default=None)), short(max(effects, default=None))])
        cells = []
        for kind in kinds:
            own = p_values([record for record in nulls if record["kind"] == kind], test)
            shares = [f"{hits_at(own, level) / len(own):.4f}" for level in LEVELS if own]
            cells.append(" / ".join(shares) + f" of {len(own)}" if own else "-")
        by_class.append([test, *cells])
    return "## False positives over truly retrained nulls\n\n" \
        "Pairs of trained models with initialisations of their own. 95 % intervals of Clopper " \
        "and Pearson; they take pairs for independent, though pairs share models, and are " \
        "somewhat too narrow for that.\n\n" + table(
            ["test", "pairs", "skipped", *(f"p <= {level}" for level in LEVELS), "least log10 p",
             "largest effect"], rows) \
        + f"\nThe same by data (shares at {', '.join(map(str, LEVELS))}):\n\n" \
        + table(["test", *kinds], by_class)


def single_mlps(records):
    nulls = retrained(records)
    rows = []
    for test in MLP_TESTS:
        values = [value for record in nulls for value in record.get("mlps", {}).get(test, [])]
        if values:
            rows.append([test, len(values)] + [share_with_interval(hits_at(values, level),
                                                                   len(values))
                                               for level in LEVELS])
    if not rows:
        return ""
    return "### Single MLPs\n\nThe tests that Fisher's method combines, one an MLP of B, over the " \
        "same pairs:\n\n" + table(["test", "MLPs", *(f"p <= {level}" for level in LEVELS)], rows)


def detection(records, tests):
    groups = collections.defaultdict(list)
    for record in records:
        if record["truth"] != "null":
            groups[record["truth"], record["kind"]].append(record)
    rows = []
    for (truth, kind), own in sorted(groups.items(), key=lambda item: (TRUTHS.index(item[0][0]),
                                                                       item[0][1])):
        verdicts = collections.Counter(record["category"] for record in own)
        strong = [sum(value <= STRONG for value in p_values(own, test)) for test in tests]
        rows.append([kind, truth, len(own),
                     ", ".join(f"{name} {count}" for name, count in verdicts.most_common())]
                    + [f"{evidence(own, test)} ({count})" for test, count in zip(tests, strong)])
    return "## Detection by kind\n\nEach test: median log10 p / median effect (pairs with " \
        f"log10 p <= {STRONG}).\n\n" + table(["kind", "truth", "pairs", "verdicts", *tests], rows)


def series(records, zoo, tests, kind, title, position, label):
    """One row a model of this kind, with its parent."""
    own = []
    for record in records:
        child = next((name for name in (record["b"], record["a"])
                      if zoo[name]["kind"] == kind and record["truth"] not in ("null", "relatives")
                      ), None)
        if child:
            parent = record["a"] if child == record["b"] else record["b"]
            own.append((parent, position(zoo[child]), record))
    rows = [[parent, at, record["category"], *(evidence([record], test) for test in tests)]
            for parent, at, record in sorted(own, key=lambda entry: entry[:2])]
    return f"## {title}\n\nlog10 p / effect of each test.\n\n" \
        + table(["parent", label, "verdict", *tests], rows) if rows else ""


# A picture.

def escape(text):
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def qq_panel(title, values, left, top, size):
    """-log10 p as found against what uniform p-values would give, with a 95 % band."""
    found = sorted(values)  # the least p first
    count = len(found)
    ranks = sorted({*range(1, min(count, 40) + 1),
                    *(round(count ** (i / 80)) for i in range(81))})
    expected = {rank: -math.log10((rank - 0.5) / count) for rank in ranks}
    observed = {rank: -found[rank - 1] for rank in ranks}
    reach = math.ceil(max(expected[1], min(max(observed.values()), 8), 1))

    def place(x, y):
        inside = min(max(y, 0), reach)
        return f"{left + size * x / reach:.1f},{top + size * (1 - inside / reach):.1f}"

    low, high = ([(expected[rank], -math.log10(max(beta_quantile(p, rank, count - rank + 1),
                                                   1e-300))) for rank in ranks]
                 for p in (0.975, 0.025))
    band = " ".join(place(x, y) for x, y in low + high[::-1])
    lines = [f'<polygon class="band" points="{band}"/>',
             f'<rect class="frame" x="{left}" y="{top}" width="{size}" height="{size}"/>',
             f'<polyline class="even" points="{place(0, 0)} {place(reach, reach)}"/>',
             f'<text class="title" x="{left}" y="{top - 8}">{escape(title.replace("_in_fitted_basis", ", fitted"))}, {count} pairs</text>']
    for rank in ranks:
        x, y = place(expected[rank], observed[rank]).split(",")
        lines.append(f'<circle class="{"above" if observed[rank] > reach else "point"}" cx="{x}" '
                     f'cy="{y}" r="2"/>')
    for tick in range(0, reach + 1, max(1, reach // 4)):
        x, y = place(tick, tick).split(",")
        lines += [f'<text x="{x}" y="{top + size + 14}" text-anchor="middle">{tick}</text>',
                  f'<text x="{left - 6}" y="{float(y) + 4:.1f}" text-anchor="end">{tick}</text>']
    return lines


def qq_plot(records, tests):
    nulls = retrained(records)
    panels = [(test, p_values(nulls, test)) for test in tests]
    panels = [(test, values) for test, values in panels if len(values) > 1]
    size, gap_x, gap_y, columns = 180, 70, 80, 3
    width = columns * (size + gap_x) + 20
    height = math.ceil(len(panels) / columns) * (size + gap_y) + 20
    lines = [f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" '
             f'viewBox="0 0 {width} {height}" role="img" '
             'aria-label="Quantiles of null p-values against the uniform distribution">',
             "<style>text{font:11px sans-serif;fill:#333}.title{font-weight:bold}"
             ".frame{fill:none;stroke:#999}.even{stroke:#999;stroke-dasharray:4 3}"
             ".band{fill:#e4ecf4}.point{fill:#1f5f9f}.above{fill:#c0392b}</style>",
             f'<rect width="{width}" height="{height}" fill="#fff"/>']
    for index, (test, values) in enumerate(panels):
        left = 50 + index % columns * (size + gap_x)
        top = 30 + index // columns * (size + gap_y)
        lines += qq_panel(test, values, left, top, size)
        middle = top + size / 2
        lines += [f'<text x="{left + size / 2}" y="{top + size + 30}" text-anchor="middle">'
                  "-log10 p expected</text>",
                  f'<text x="{left - 26}" y="{middle}" text-anchor="middle" '
                  f'transform="rotate(-90 {left - 26} {middle})">-log10 p found</text>']
    return "\n".join([*lines, "</svg>"]) + "\n"


def report(zoo, pairs, results):
    """The Markdown, and the records that it is about."""
    known = [results[pair] for pair in pairs if pair in results]
    failed = [record for record in known if "error" in record]
    records = [record for record in known if "error" not in record]
    for record in records:
        record["truth"], record["kind"] = truth_of(zoo, record["a"], record["b"])
    tests = test_names(records)
    builds = {record["build"] for record in records}
    parts = [f"# Calibration\n\n{len(zoo)} models, {len(records)} pairs"
             + (f", median {median(record['seconds'] for record in records):.2f} s each"
                if records else "")
             + (f". {len(failed)} pairs failed, such as {failed[0]['a']} with {failed[0]['b']}: "
                f"{failed[0]['error']}" if failed else "")
             + (". The results are of several builds of modelkin" if len(builds) > 1 else "")
             + ".\n"]
    if records:
        parts += [confusion(records), false_accusations(records), missed(records),
                  false_positives(records, tests), single_mlps(records),
                  detection(records, tests),
                  series(records, zoo, tests, "drift", "Drift: training that goes on",
                         lambda lineage: lineage.get("times", lineage["steps"]),
                         "times the original steps"),
                  series(records, zoo, tests, "common_init", "Common initialisation, other data",
                         lambda lineage: f"{lineage['steps']}, {lineage['data']}",
                         "steps, text")]
    return "\n".join(part for part in parts if part), records, tests


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("zoo", type=pathlib.Path, metavar="ZOO")
    parser.add_argument("--modelkin", type=pathlib.Path,
                        default=pathlib.Path("build/release/bin/modelkin"))
    parser.add_argument("--results", type=pathlib.Path, metavar="FILE",
                        help="JSON lines (default: ZOO/trace.jsonl)")
    parser.add_argument("--qq", type=pathlib.Path, metavar="FILE.svg",
                        help="write a picture of the null p-values")
    parser.add_argument("--pairs", choices=("needed", "originals", "all"), default="needed",
                        help="needed: the originals with each other, every model with what it was "
                             "made from and with a few strangers")
    parser.add_argument("--strangers", type=int, default=3, metavar="N",
                        help="strangers to each descendant")
    parser.add_argument("--drawn", type=int, metavar="N", help="as many of these pairs, drawn at random")
    parser.add_argument("--flags", default="", help="more flags for trace, such as '--threads 1'")
    parser.add_argument("--ordered", action="store_true", help="both orders of each pair")
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--timeout", type=float, default=300, metavar="SECONDS")
    parser.add_argument("--report-only", action="store_true", help="run nothing")
    options = parser.parse_args()
    options.results = options.results or options.zoo / "trace.jsonl"
    zoo = read_zoo(options.zoo)
    if len(zoo) < 2:
        sys.exit(f"run.py: {options.zoo} holds fewer than two models with a lineage.json")
    pairs = choose_pairs(zoo, options.pairs, options.ordered, options.strangers)
    if options.drawn is not None and options.drawn < len(pairs):
        pairs = random.Random(1).sample(sorted(pairs), options.drawn)
    if not options.report_only:
        try:
            run_pairs(options, pairs)
        except OSError as error:
            sys.exit(f"run.py: {error}")
    text, records, tests = report(zoo, pairs, read_results(options.results))
    print(text)
    if options.qq:
        options.qq.write_text(qq_plot(records, tests))


if __name__ == "__main__":
    main()
