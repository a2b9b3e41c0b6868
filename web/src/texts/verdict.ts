import { catalogue } from "./text";

export const verdictTexts = catalogue({
  "verdict.missing": { en: "This report holds no verdict.", ko: "이 보고서에는 판정이 없습니다." },
  "verdict.components": { en: "By component", ko: "구성 요소별" },
  "verdict.component": { en: "Component", ko: "구성 요소" },
  "verdict.component_verdict": { en: "Verdict", ko: "판정" },
  "verdict.component_side": { en: "{tensors} tensors, {elements} values", ko: "텐서 {tensors}개, 값 {elements}개" },
  "verdict.of_first": {
    en: "Tests are shown for each component. Single MLPs, layers and tensors below are those of the first: {component}.",
    ko: "검정은 구성 요소마다 보입니다. 아래의 개별 MLP, 층, 텐서는 첫 번째 구성 요소({component})의 것입니다.",
  },
  "verdict.only_a": { en: "only in {a}", ko: "{a}에만 있음" },
  "verdict.only_b": { en: "only in {b}", ko: "{b}에만 있음" },
  "verdict.power": {
    en: "How much would have been found: a plain blend of all weights with {share} of {a} in {b}, with probability {probability}. Smaller shares, disguises and later training may go unseen ([[power]]).",
    ko: "찾아낼 수 있었던 크기: 모든 가중치를 고르게 섞어 {b} 안에 {a}가 {share} 들어 있었다면 확률 {probability}로 찾았을 것입니다. 그보다 적거나, 위장되었거나, 이후 더 학습되었다면 놓칠 수 있습니다([[power|검정력]]).",
  },
  "verdict.evidence": { en: "What speaks for it", ko: "근거" },
  "verdict.evidence_none": { en: "No test went far beyond chance.", ko: "우연을 크게 벗어난 검정이 없습니다." },
  "verdict.limits": { en: "Limits", ko: "한계" },
  "verdict.not_said": { en: "What this does not show", ko: "이 결과가 보여 주지 않는 것" },
  "not_said.theft": {
    en: "Whether anything was taken without permission. A model built on another may be licensed, announced, or one’s own.",
    ko: "무단으로 가져왔는지 여부. 다른 모델을 바탕으로 한 모델은 라이선스에 따른 것이거나, 공개되었거나, 자기 모델에서 나온 것일 수 있습니다.",
  },
  "not_said.independence": { en: "That the two models are independent: complete retraining leaves nothing to find.", ko: "두 모델이 독립이라는 것. 완전히 다시 학습하면 아무 흔적도 남지 않습니다." },
  "not_said.probability": {
    en: "How probable it is that they are related. A [[pvalue|p-value]] is the chance of such data from independent models, not the chance that these two are independent.",
    ko: "두 모델이 관련 있을 확률. [[pvalue|p-값]]은 독립인 모델에서 이런 자료가 나올 확률이지, 두 모델이 독립일 확률이 아닙니다.",
  },
  "not_said.data": {
    en: "Anything about training data, code, or training on another model's outputs ([[distillation]]).",
    ko: "학습 자료, 코드, 다른 모델의 출력으로 학습했는지([[distillation|증류]])에 대한 것.",
  },
  "verdict.direction": { en: "Which came first?", ko: "어느 쪽이 먼저인가?" },
  "direction.unknown": { en: "Not proven. Nothing was found that only one order explains.", ko: "증명되지 않았습니다. 한쪽 순서로만 설명되는 것은 발견되지 않았습니다." },
  "direction.a_to_b": { en: "{a} came first: the facts below have no other explanation.", ko: "먼저인 쪽: {a}. 아래 사실은 달리 설명되지 않습니다." },
  "direction.b_to_a": { en: "{b} came first: the facts below have no other explanation.", ko: "먼저인 쪽: {b}. 아래 사실은 달리 설명되지 않습니다." },
  "direction.none": { en: "Not asked: no common origin was found, so that there is no first and second.", ko: "해당 없음: 공통 기원이 발견되지 않아 선후도 없습니다." },
  "direction.facts": { en: "Facts", ko: "사실" },
  "direction.signs": { en: "Signs that later work on a model can turn round. They do not decide:", ko: "나중 작업으로 뒤집힐 수 있는 징후. 판정에는 반영하지 않습니다:" },
  "direction.sign_rate": {
    en: "points to: {order}; wrong in {wrong} of {cases} measured cases; turned round by:",
    ko: "가리키는 쪽: {order}. 측정한 {cases}건 중 {wrong}건에서 틀림. 이를 뒤집는 작업:",
  },
  "direction.ab": { en: "{a} first", ko: "{a} 먼저" },
  "direction.ba": { en: "{b} first", ko: "{b} 먼저" },
  "verdict.how": { en: "How they differ", ko: "무엇이 다른가" },
  "verdict.how_none": { en: "Not asked: changes are only named where the two models were found to be related.", ko: "해당 없음: 두 모델이 관련 있다고 나온 경우에만 변화를 말합니다." },
  "verdict.how_nothing": { en: "No kind of change could be named.", ko: "변화의 종류를 특정하지 못했습니다." },
  "verdict.not_in_b": { en: "{count} tensors of {a} that no tensor of {b} corresponds to", ko: "{b}의 어느 텐서와도 대응하지 않는 {a}의 텐서 {count}개" },
  "verdict.fitted": {
    en: "Shown after undoing a possible rotation ([[fitted_basis]]): the hidden dimensions of {a} were first fitted to those of {b}.",
    ko: "가능한 회전을 되돌린 뒤 드러났습니다([[fitted_basis|맞춘 좌표계]]). {a}의 은닉 차원을 먼저 {b}의 것에 맞추었습니다.",
  },
  "verdict.merge": { en: "As a mixture of the named parents ({method}): weights {weights}. In brackets: a 95 % interval, if all tensors were mixed alike; after the semicolon the smallest and the largest weight of a single tensor, which show whether they were.", ko: "지정한 부모 모델의 혼합으로 볼 때({method}): 가중치 {weights}. 괄호 안은 모든 텐서가 똑같이 섞였을 때의 95 % 구간이고, 쌍반점 뒤는 텐서 하나하나의 가장 작은 값과 가장 큰 값으로, 실제로 그랬는지를 보여 줍니다." },
  "verdict.title": { en: "Verdict", ko: "판정" },
  "not_said.learned": { en: "That anything which one of the models learned is in the other.", ko: "한 모델이 학습한 것이 다른 모델에 들어 있다는 것." },
  "verdict.how_start": {
    en: "Both began with the same random numbers. Nothing that one of them learned is shown to be in the other.",
    ko: "둘 다 같은 난수에서 출발했습니다. 한쪽이 학습한 것이 다른 쪽에 있다는 것은 드러나지 않았습니다.",
  },
});
