// Reports that no model gives: one with nothing in it, and one as large as they get.

export function emptyReport() {
  const names = ["trace", "compare", "config", "inspect_a", "inspect_b", "tokenizer", "diff"];
  return {
    schema_version: "1.0", tool: { name: "modelkin", version: "0" }, names: { a: "a", b: "b", controls: [] },
    ...Object.fromEntries(names.map((name) => [name, null])),
  };
}

// The same numbers each time.
function randomNumbers(seed) {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return (state + 0.5) / 2 ** 32;
  };
}

// What `compare --functional` says, of as many layers and experts.
function functionalComparison(layers, experts, random) {
  const numbers = (n, make) => Array.from({ length: n }, (_, i) => make(i));
  const grid = (make) => numbers(layers + 1, (r) => numbers(layers + 1, (c) => make(r, c)));
  const comparison = (a, b, likeness) => ({
    a, b, texts: 512, tokens_a: 120000, tokens_b: 131072, aligned_positions: 90000, compared_positions: 2048,
    median_best_cka: likeness, mean_router_overlap: likeness / 2, mean_unit_share: likeness ** 4,
    cka: {
      skipped: null, texts: 512, draws: 999, p_of_largest: 0.001, caveat: "",
      values: grid((r, c) => (r === 7 ? null : likeness * Math.exp(-Math.abs(r - c) / layers) * (0.9 + random() / 10) - (c === 9 ? 1 : 0))),
      p: grid(() => 0.001), null_quantile_95: grid(() => 0.02 + random() / 50),
    },
    next_tokens: { skipped: null, positions: 2048, shared_tokens: 80000, outside_a: 0.02, outside_b: 0.03, divergence_bits: (1 - likeness) / 2,
      divergence_bits_elsewhere: 0.7, same_likeliest: likeness * 0.9 },
    routers: numbers(layers - 3, (i) => ({
      layer_a: i + 3, layer_b: i + 3, experts_a: experts, experts_b: experts + 2, chosen_a: 8, chosen_b: 8, positions: 1024,
      partner: numbers(experts, (e) => (random() < 0.05 ? null : experts - 1 - e)), overlap: likeness / 2 + random() / 10, overlap_by_chance: 0.1 + random() / 50,
      overlap_in_place: i % 5 ? 0.1 + random() / 20 : null, load_a: numbers(experts, () => Math.floor(random() * 200)),
      load_b: numbers(experts + 2, () => Math.floor(random() * 200)), load_correlation: random(), coactivation_correlation: i % 7 ? random() : null,
    })),
    units: { caveat: "", layers: numbers(16, (i) => ({ layer_a: i * 5, layer_b: i * 6, skipped: i === 3 ? "the MLP is not gated" : null, positions: 2048, units_a: 1536,
      units_b: 1536, agreed: 40 + i, expected_agreed: 1, share: i === 3 ? null : (40 + i) / 1536 })) },
  });
  return { pair: comparison("a", "b", 0.97), controls: [comparison("a", "control_1", 0.8), comparison("b", "control_1", 0.76)] };
}

// 92 layers of 214 experts, 20,000 tensors, with names that a hostile checkpoint could have.
export function largeReport(layers = 92, experts = 214) {
  const random = randomNumbers(7);
  const numbers = (n, make) => Array.from({ length: n }, (_, i) => make(i));
  const classes = ["drifted", "drifted", "low_rank_edit", "identical", "quantised", "unrelated", "added"];
  const roles = ["gate_proj", "up_proj", "down_proj"];
  const tensors = ["<img src=x onerror=alert(1)>", "=HYPERLINK(\"http://example.org\")", "model.embed_tokens.weight"];
  for (let l = 0; l < layers; ++l) {
    for (const role of ["self_attn.q_proj", "self_attn.o_proj", "input_layernorm", "mlp.gate"]) tensors.push(`model.layers.${l}.${role}.weight`);
    for (let e = 0; e < experts; ++e) tensors.push(`model.layers.${l}.mlp.experts.${e}.${roles[(e + l) % 3]}.weight`);
  }
  const spread = (median) => ({ tensors: 9, median, min: median - 0.05, max: median + 0.05 });
  const group = (head) => ({
    ...head, tensors: 9, not_compared: 0, elements: 1e9, bit_equal: 7, cosine_similarity: spread(random()), shuffled_cosine: spread(0.1),
    pearson_correlation: spread(random()), rel_l2_a: spread(random() * 2), sign_agreement: spread(0.5), identical_fraction: spread(0.06),
  });
  const summary = (a, b) => ({
    a, b, paired_by: "name", compared: tensors.length, elements: 1e11, only_in_a: 0, only_in_b: 0, shape_mismatches: 0,
    byte_identical: 3, non_finite: 0, by_role: numbers(24, (i) => group({ role: `a_role_with_a_rather_long_name_${i}.projection.weight` })),
    by_layer: numbers(layers, (layer) => group({ layer })),
  });
  const test = (name, log10_p, strong) => ({
    name, hypothesis: "", symmetry_group: "", assumption: "", skipped: null, statistic_name: "z", statistic: random() * 9, n: layers, log10_p,
    log10_p_is_bound: true, p_method: "bound", log10_p_adjusted: log10_p, effect_name: "z", effect: random(), least_effect: 0,
    caveat: null, control_effects: [0.1, -0.2], strong,
  });
  const inspect = {
    model_type: "glm4_moe", family: "glm4_moe", inferred: false, tensors: tensors.length,
    architecture: {
      sizes: Object.fromEntries(Object.entries({ vocab: 151552, residual: 5120, layers, heads: 96, kv_heads: 8, head_dim: 128, experts,
        experts_per_token: 8, expert_width: 1536, shared_experts: 1, shared_width: 1536, width: 12288 }).map(([k, value]) => [k, { value, config_key: k }])),
      flags: [], norm: "RMSNorm", attention: "grouped-query", router: "sigmoid", rotary_dims: 64, rotary_theta: 1e6, rotary_scaling: null,
      window: null, windowed_layers: 0,
    },
    parameters: {
      total: 355e9, active: 32e9, by_component: { embedding: 8e8, attention: 11e9, dense_mlp: 5e8, router: 6e7, shared_experts: 3e9, routed_experts: 338e9,
        norm: 1e6, head: 8e8 },
      by_layer: [{ first: 0, last: 2, kind: "dense", parameters_each: 4e8 }, { first: 3, last: layers - 1, kind: "mixture of experts", parameters_each: 4e9 }],
    },
    memory: {}, findings: [],
  };
  return {
    ...emptyReport(),
    names: { a: "a-model-with-a-very-long-name-of-355B-parameters-instruct-2507", b: "<b>another-model-with-a-very-long-name</b>", controls: ["c".repeat(60)] },
    trace: {
      inputs: [], seed: 1, quick: false, power: null, controls: [{ control: "control_1", with: "a", category: "no_evidence", related: false, tests: [test("gate_up_matching", -0.4, false)] }],
      verdict: { category: "derived", sentence: "A sentence.", kind: null, evidence: ["residual_trace: p <= 10^-214.9"], limits: ["Weights can't show distillation."], shares: {} },
      relation: { kinds: [{ kind: "layers_dropped", evidence: "three", figures: {}, roles: [] }], direction: "a_to_b", facts: [{ name: "made up", direction: "a_to_b", evidence: "one" }], signs_point: "none", signs: [], shown_by: "fitted_basis", not_in_b: tensors.slice(0, 3000) },
      tests: [test("residual_trace", -214, true), test("gate_up_matching", -30000, true)],
      layer_map: {
        layers_a: numbers(layers, (i) => i), layers_b: numbers(layers, (i) => i), fitted_basis: true, threshold: 5.29, dropped: [4, 5], duplicated: [],
        z: numbers(layers, (r) => numbers(layers, (c) => (r === c ? 30 + 20 * random() : r === 7 ? null : random() * 10 - 5 + (Math.abs(r - c) < 3 ? 8 : 0)))),
        source: numbers(layers, (i) => (i % 11 === 5 ? null : i)),
      },
      heritage: tensors.map((tensor) => ({ tensor, from: tensor, class: classes[Math.floor(random() * classes.length)], equal_share: random(), relative_change: random(),
        correlation: random(), baseline_correlation: random() })),
      mlps: numbers(layers * experts, (i) => ({ b: `model.layers.${i % layers}.mlp.experts.${i}`, a: `model.layers.${i % layers}.mlp.experts.${i}`, log10_p: i % 5 ? -random() * 300 : Math.log10(random()) })),
      experts: numbers(layers - 3, (i) => ({ layer_a: i + 3, layer_b: i + 3, agreed: 100, in_place: 96, source: numbers(experts, (e) => (random() < 0.8 ? e : random() < 0.1 ? null : Math.floor(random() * experts))) })),
      descriptions: null,
    },
    compare: { inputs: [], summary: summary("a", "b"), control_summaries: [summary("a", "control_1"), summary("b", "control_1")], tensors: [], run: null,
      functional: functionalComparison(layers, experts, random) },
    inspect_a: inspect, inspect_b: inspect,
    diff: {
      summary: { tensors: tensors.length, identical: 3, all_identical: false, found_elsewhere: 1, constant_matches: 0, left_out: 0 },
      tensors: tensors.map((name) => ({ a: { name, dtype: "BF16", shape: [64, 64], sha256: "0".repeat(64) }, b: { name, dtype: "BF16", shape: [64, 64], sha256: "1".repeat(64) },
        identical: false, bit_equal: 4, ulp_distances: { nan_pairs: 0, buckets: numbers(16, (k) => ({ from: k ? 2 ** (k - 1) : 0, to: k ? 2 ** k - 1 : 0, count: 1 + Math.floor(random() * 99) })) } })),
      found_elsewhere: [{ a: tensors[0], b: [tensors[1]], also_at_partner: false }], run: null,
    },
    tokenizer: {
      a: { file: "a", kind: "BPE", tokens: 151552, merges: 1 }, b: { file: "b", kind: "BPE", tokens: 196608, merges: 1 },
      tokens: { a: 151552, b: 196608, shared: 8e4, jaccard: 0.3, share_of_smaller: 0.5 }, same_id: 12, order_correlation: 0.4, merges: null, merge_rank_correlation: null,
      offsets: numbers(10, (i) => ({ offset: i * 37 - 90, tokens: 4000 - i * 300 })), longest_run: null,
      special: { shared: ["<s>"], only_a: ["<script>alert(1)</script>"], only_b: numbers(300, (i) => `<|reserved_${i}|>`) },
    },
  };
}
