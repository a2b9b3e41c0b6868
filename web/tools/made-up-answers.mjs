// Answers of each look, as the program composes them, in both languages: to look at the page without the models.

const test = (id, en, ko) => ({ id, en, ko });
const kinds = [
  test("gate_up_agreement", "Neurons that keep their partner", "같은 짝을 얻은 뉴런"),
  test("hidden_order", "Neurons in the same place", "같은 자리의 뉴런"),
  test("expert_matching", "Experts paired the same way", "같게 짝지어진 전문가"),
  test("head_trace", "Attention heads, likeness", "어텐션 헤드의 닮음"),
  test("undertrained_tokens", "Rarely used words' vectors, likeness", "드물게 쓰이는 단어 벡터의 닮음"),
];

// Of each row: the value, its place, the range of reference models and their value.
const rowsOf = {
  same: [["2,976 of 2,976", 1, [0.005, 0.012], "1 %"], ["2,976 of 2,976", 1, [0.008, 0.01], "1 %"], ["24 of 24", 1, [0.125, 0.21], "3 to 5 of 24"],
    ["1 of 1", 1, [0, 0.003], "−0.003"], ["1 of 1", 1, [0.012, 0.016], "0.016"]],
  related: [["2,976 of 2,976", 1, [0.01, 0.016], "1 %"], ["2,976 of 2,976", 1, [0.008, 0.014], "1 %"], ["24 of 24", 1, [0.125, 0.21], "3 to 5 of 24"],
    ["0.998 of 1", 0.998, [0, 0.003], "−0.003"], ["0.999 of 1", 0.999, [0.012, 0.018], "0.016"]],
  start: [["92 of 2,976", 0.031, [0.01, 0.016], "1 %"], ["5 %", 0.053, [0.01, 0.014], "1 %"], ["3 of 24", 0.125, [0.208, 0.208], "5 of 24"],
    ["0.215 of 1", 0.215, [0, 0.004], "−0.003"], ["0.758 of 1", 0.758, [0.014, 0.035], "0.016"]],
  part: [["1,022 of 2,976", 0.343, [0.01, 0.016], "1 %"], ["34 %", 0.34, [0.01, 0.014], "1 %"], ["4 of 24", 0.167, [0.125, 0.208], "3 to 5 of 24"],
    ["0.331 of 1", 0.331, [0, 0.004], "−0.003"], ["0.021 of 1", 0.021, [0.014, 0.035], "0.016"]],
  nothing: [["29 of 2,976", 0.0097, [0.009, 0.016], "1 %"], ["1 %", 0.011, [0.009, 0.014], "1 %"], ["4 of 24", 0.167, [0.125, 0.208], "3 to 5 of 24"],
    ["0.001 of 1", 0.001, [0, 0.004], "−0.003"], ["0.017 of 1", 0.017, [0.014, 0.035], "0.016"]],
  untestable: [],
};

const english = {
  same: { pill: "Identical", headline: (a, b) => `${a} and ${b} hold the same weights, byte for byte.`, lead: "Every tensor of either model is stored with the same bytes in the other.",
    cards: [["main", "How they differ", "Not in their weights. Files and names may differ."], ["open", "Which came first? Not proven", "Copies carry no order."], ["quiet", "Not shown", "Whether it was allowed."]],
    quote: (a, b) => `The weights of ${a} and ${b} are identical to the byte.` },
  related: { pill: "Same lineage", headline: (a, b) => `${a} and ${b} go back to the same trained model.`,
    lead: "One was built on the other, or both on a common ancestor. In our calibration 0 of 1,045 unrelated pairs of small text models were called related.",
    cards: [["main", "How they differ", "Fine-tuned: nearly every weight moved a little, by 8 % of its size (median)."], ["open", "Which came first? Not proven", "Signs point to glm-a (right in 37 of 37 test cases)."], ["quiet", "Not shown", "Whether it was allowed, or what data was used."]],
    quote: (a, b) => `A comparison of their weights shows that ${b} and ${a} share a trained origin; it does not show which of them came first.` },
  start: { pill: "Same starting point only", headline: (a, b) => `${a} and ${b} began from the same random numbers.`,
    lead: "That happens when two projects use the same code and seed. Nothing either model learned was found in the other.",
    cards: [["main", "Why not “built on”?", "What training adds is shared 0.61 times as much as the raw weights; one model built on another scores 0.95 or more."], ["quiet", "Closest call", "12 of 12 such pairs in our tests were told apart from derived ones."]],
    quote: () => "Both models started from identical random values, but we found no learned weights of one in the other." },
  part: { pill: "Partly shared", headline: (a, b) => `${a} and ${b} share a part of their weights.`, lead: "Some layers go back to the same trained model; the rest does not.",
    cards: [["main", "What is shared", "Layers 0 to 3 of 12: a third of all weights."], ["open", "Which came first? Not proven", "No fact shows an order."], ["quiet", "Not shown", "How the shared part came to be in both."]],
    quote: (a, b) => `About a third of the weights of ${a} and ${b} go back to the same trained model.` },
  nothing: { pill: "Nothing found", headline: (a, b) => `Nothing was found that ${a} and ${b} have in common.`,
    lead: "That does not prove that they are unrelated: complete retraining leaves nothing to find.",
    cards: [["main", "How closely was it looked?", "A blend of all weights with 0.9 % of one model in the other would have been found with probability 0.99."], ["quiet", "Not shown", "That the models are independent, or anything about training data."]],
    quote: (a, b) => `A comparison of the weights of ${a} and ${b} found nothing to show that they are related; it does not prove that they are unrelated.` },
  untestable: { pill: "Cannot be tested", headline: (a, b) => `${a} and ${b} cannot be compared: widths 576 and 640.`, lead: "No test applies to models of different width. Tokenizers and configurations are compared below.",
    cards: [["main", "What can be compared", "Tokenizers, configurations, and what both do with the same texts (--functional)."], ["quiet", "Not shown", "Anything about whether they are related."]], quote: () => "" },
};

const korean = {
  same: { pill: "동일", headline: (a, b) => `${a}, ${b}: 두 모델의 가중치가 바이트까지 같습니다.`, lead: "두 모델의 모든 텐서가 서로에게 같은 바이트로 저장되어 있습니다.",
    cards: [["main", "무엇이 다른가", "가중치는 다르지 않습니다. 파일과 이름은 다를 수 있습니다."], ["open", "어느 쪽이 먼저인가? 증명되지 않음", "복사본에는 순서가 없습니다."], ["quiet", "보이지 않은 것", "허락을 받았는지 여부."]],
    quote: (a, b) => `${a}, ${b}의 가중치는 바이트까지 동일하다.` },
  related: { pill: "같은 계보", headline: (a, b) => `${a}, ${b}: 두 모델은 학습된 같은 모델에서 나왔습니다.`,
    lead: "하나가 다른 하나를 바탕으로 만들어졌거나, 둘 다 공통 조상에서 나왔습니다. 보정 실험에서 무관한 소형 텍스트 모델 1,045쌍 중 0쌍이 관련 있다고 판정되었습니다.",
    cards: [["main", "무엇이 다른가", "미세조정: 거의 모든 가중치가 조금씩, 크기의 8 %만큼(중앙값) 움직였습니다."], ["open", "어느 쪽이 먼저인가? 증명되지 않음", "징후는 glm-a를 가리킵니다(시험 37건 중 37건에서 맞음)."], ["quiet", "보이지 않은 것", "허락을 받았는지, 어떤 자료를 썼는지."]],
    quote: (a, b) => `가중치를 비교한 결과 ${b}, ${a}는 학습된 기원을 공유한다. 어느 쪽이 먼저인지는 드러나지 않는다.` },
  start: { pill: "출발점만 같음", headline: (a, b) => `${a}, ${b}: 같은 난수에서 출발해 따로 학습되었습니다.`, lead: "두 프로젝트가 같은 코드와 시드를 쓰면 그렇게 됩니다. 한 모델이 학습한 것은 다른 모델에서 발견되지 않았습니다.",
    cards: [["main", "왜 ‘바탕으로 함’이 아닌가?", "학습이 더한 것은 원래 가중치의 0.61배만큼만 공유됩니다. 다른 모델을 바탕으로 한 모델은 0.95 이상입니다."], ["quiet", "가장 아슬아슬한 경우", "시험한 12쌍 중 12쌍이 파생된 쌍과 구별되었습니다."]],
    quote: () => "두 모델은 같은 난수에서 출발했으나, 한 모델이 학습한 가중치는 다른 모델에서 발견되지 않았다." },
  part: { pill: "일부 공유", headline: (a, b) => `${a}, ${b}: 두 모델은 가중치의 일부를 공유합니다.`, lead: "몇몇 층은 학습된 같은 모델에서 나왔고, 나머지는 그렇지 않습니다.",
    cards: [["main", "공유된 것", "12개 층 중 0–3층: 전체 가중치의 3분의 1."], ["open", "어느 쪽이 먼저인가? 증명되지 않음", "순서를 보여 주는 사실이 없습니다."], ["quiet", "보이지 않은 것", "공유된 부분이 어떻게 양쪽에 있게 되었는지."]],
    quote: (a, b) => `${a}, ${b}의 가중치 약 3분의 1은 학습된 같은 모델에서 나왔다.` },
  nothing: { pill: "발견된 것 없음", headline: (a, b) => `${a}, ${b}: 두 모델의 공통점이 발견되지 않았습니다.`, lead: "그렇다고 두 모델이 무관하다는 증명은 아닙니다. 완전히 다시 학습하면 아무 흔적도 남지 않습니다.",
    cards: [["main", "얼마나 자세히 보았는가?", "모든 가중치에 한 모델이 0.9 % 섞여 있었다면 확률 0.99로 찾았을 것입니다."], ["quiet", "보이지 않은 것", "두 모델이 독립이라는 것, 학습 자료에 대한 것."]],
    quote: (a, b) => `${a}, ${b}의 가중치를 비교했으나 관련 있음을 보이는 것은 발견되지 않았다. 무관하다는 증명은 아니다.` },
  untestable: { pill: "검정 불가", headline: (a, b) => `${a}, ${b}: 비교할 수 없습니다. 폭이 576과 640입니다.`, lead: "폭이 다른 모델에는 어떤 검정도 할 수 없습니다. 토크나이저와 설정은 아래에서 비교합니다.",
    cards: [["main", "비교할 수 있는 것", "토크나이저, 설정, 같은 글에 대한 동작(--functional)."], ["quiet", "보이지 않은 것", "두 모델이 관련 있는지에 대한 모든 것."]], quote: () => "" },
};

const components = {
  en: [{ name: "image encoder", look: "related", pill: "Same lineage", text: "both go back to the same trained encoder" }, { name: "text model", look: "nothing", pill: "Nothing found", text: "trained apart, as far as the tests see" }],
  ko: [{ name: "이미지 인코더", look: "related", pill: "같은 계보", text: "학습된 같은 인코더에서 나왔습니다" }, { name: "텍스트 모델", look: "nothing", pill: "발견된 것 없음", text: "검정이 보는 한 따로 학습되었습니다" }],
};

function inLanguage(look, language, names) {
  const ko = language === "ko";
  const said = (ko ? korean : english)[look];
  const [a, b, c] = [names.a, names.b, names.controls?.[0]];
  const referenced = c !== undefined;
  return {
    look, pill: said.pill, headline: said.headline(a, b), lead: said.lead,
    read: ko ? "모든 가중치를 읽음" : "all weights read",
    how_sure: look === "untestable" ? "" : ko ? "검정 9개 중 9개가 우연을 벗어났습니다." : "Beyond chance in 9 of 9 tests.",
    figure: {
      title: ko ? "두 모델의 공통점" : "What the two models have in common", pair: ko ? "이 쌍" : "this pair",
      reference: referenced ? (ko ? `무관한 모델(여기서는 ${c}, 각각과 나란히)` : `unrelated models (here: ${c}, beside each of the two)`) : "",
      rows: rowsOf[look].map(([value, position, reference, referenceValue], i) => ({
        test: kinds[i].id, label: kinds[i][language], value: ko ? value.replace(/^(\S+) of (\S+)$/, "$2 중 $1") : value, position,
        reference: referenced ? reference : null, reference_value: referenced ? referenceValue : "",
      })),
      nothing: ko ? "0: 없음" : "0: nothing", same: ko ? "100 %: 동일" : "100 %: the same",
    },
    cards: said.cards.map(([tone, title, text]) => ({ tone, title, text })), quote: said.quote(a, b),
    footnote: said.quote(a, b) && `${said.quote(a, b)} modelkin 1.0; ${a} SHA-256 ${"0".repeat(64)}; ${b} SHA-256 ${"1".repeat(64)}.`,
    components: [],
    evidence: kinds.map((x) => (ko ? `${x.ko}: 우연을 크게 벗어남, p < 10^-200.` : `${x.en}: far beyond chance, p < 10^-200.`)),
    limits: [ko ? "가중치로는 증류를 알 수 없습니다." : "Weights cannot show distillation."],
  };
}

// With `several`, of two models of two components.
export function madeUpAnswer(look, names, several = false) {
  const both = { en: inLanguage(look, "en", names), ko: inLanguage(look, "ko", names) };
  if (several) for (const language of ["en", "ko"]) both[language].components = components[language];
  return both;
}

export const madeUpWords = {
  en: {
    test: { gate_up_agreement: "neurons keep their partner (count)", gate_up_matching: "neurons keep their partner (ranks)", residual_trace: "hidden dimensions in the same order",
      hidden_order: "neurons in the same place", expert_matching: "experts paired the same way", head_trace: "attention heads alike", undertrained_tokens: "rare tokens' vectors alike" },
    kind: { fine_tuned: "fine-tuned", layers_dropped: "layers dropped" },
    verdict: { identical: "Identical", derived: "Same lineage", shares_material: "Partly shared", no_evidence: "Nothing found", not_comparable: "Cannot be tested" },
    shared: { common_initialisation: "same starting point" },
    heritage: { identical: "the same values", quantised: "quantised", low_rank_edit: "low-rank change", drifted: "changed all over", unrelated: "unrelated", added: "new" },
    component: { text: "text model", vision: "image encoder" },
  },
  ko: {
    test: { gate_up_agreement: "뉴런의 같은 짝(개수)", gate_up_matching: "뉴런의 같은 짝(순위)", residual_trace: "은닉 차원의 같은 순서", hidden_order: "같은 자리의 뉴런",
      expert_matching: "같게 짝지어진 전문가", head_trace: "닮은 어텐션 헤드", undertrained_tokens: "닮은 희귀 토큰 벡터" },
    kind: { fine_tuned: "미세조정", layers_dropped: "층 제거" },
    verdict: { identical: "동일", derived: "같은 계보", shares_material: "일부 공유", no_evidence: "발견된 것 없음", not_comparable: "검정 불가" },
    shared: { common_initialisation: "같은 출발점" },
    heritage: { identical: "같은 값", quantised: "양자화", low_rank_edit: "저계수 변경", drifted: "전체가 변경됨", unrelated: "무관", added: "새로 추가됨" },
    component: { text: "텍스트 모델", vision: "이미지 인코더" },
  },
};

// Sizes of weights by depth, of both models and two others.
export function madeUpNorms(layers) {
  return ["a", "b", "control_1"].flatMap((model, m) => ["query", "up"].flatMap((role, r) => Array.from({ length: layers }, (_, layer) =>
    ({ model, role, layer, rms: 0.02 + 0.01 * r + (m < 2 ? 0.004 : 0.001) * Math.sin(layer / 3 + m / 40) }))));
}
