import { catalogue } from "./text";

export const testTexts = catalogue({
  "tests.title": { en: "The tests", ko: "검정" },
  "tests.missing": { en: "This report holds no tests.", ko: "이 보고서에는 검정 결과가 없습니다." },
  "tests.lead": {
    en: "Each test asks whether two models that were trained from the start on their own ([[null]]) could look like this. A result counts ([[strong]]) if its [[corrected|corrected p]] is under one in a million and its [[effect]] is larger than that of every [[control]].",
    ko: "각 검정은 처음부터 따로 학습된 두 모델([[null|귀무가설]])이 이렇게 보일 수 있는지를 묻습니다. [[corrected|보정된 p]]가 백만분의 일 미만이고 [[effect|효과 크기]]가 모든 [[control|참조 모델]]보다 클 때만 결과를 인정합니다([[strong|강한 증거]]).",
  },
  "tests.caption": {
    en: "All tests of the pair, with the effects of the reference models. Dashes: not run, or no reference model.",
    ko: "이 쌍의 모든 검정과 참조 모델의 효과 크기. 줄표는 실행하지 않았거나 참조 모델이 없음을 뜻합니다.",
  },
  "tests.name": { en: "test", ko: "검정" },
  "tests.statistic": { en: "statistic", ko: "통계량" },
  "tests.p": { en: "[[pvalue|p]]", ko: "[[pvalue|p]]" },
  "tests.p_corrected": { en: "[[corrected|p corrected]]", ko: "[[corrected|보정된 p]]" },
  "tests.effect": { en: "[[effect]]", ko: "[[effect|효과]]" },
  "tests.controls": { en: "[[control|reference models]]", ko: "[[control|참조 모델]]" },
  "tests.strong": { en: "[[strong|counts]]", ko: "[[strong|인정]]" },
  "tests.not_run": { en: "not run: ", ko: "실행하지 않음: " },
  "tests.caveat": { en: "caveat: ", ko: "주의: " },
  "tests.fitted": { en: "after undoing a possible rotation ([[fitted_basis]])", ko: "가능한 회전을 되돌린 뒤([[fitted_basis|맞춘 좌표계]])" },
  "tests.basis": {
    en: "Before tests in a [[fitted_basis]], the hidden dimensions of {a} were fitted to those of {b} by shared tokens ({map}): tokens held out have a mean [[cosine]] of {cosine}, after a fit to shuffled rows {shuffled}. Unrelated models reach 0.41 to 0.55 in the calibration: the fit is no evidence.",
    ko: "[[fitted_basis|맞춘 좌표계]]의 검정에 앞서 공통 토큰으로 {a}의 은닉 차원을 {b}의 것에 맞추었습니다({map}). 맞추는 데 쓰지 않은 토큰의 평균 [[cosine|코사인]]은 {cosine}, 섞은 행에 맞추면 {shuffled}입니다. 보정 실험에서 무관한 모델도 0.41–0.55에 이르므로, 맞춤 자체는 증거가 아닙니다.",
  },
  "tests.basis_layers": {
    en: "Before tests in a [[fitted_basis]], the hidden dimensions of {a} were fitted to those of {b} by sums over layers, since tokens tell less ({map}): sums held out have a mean [[cosine]] of {cosine}, with the next coordinate {shuffled}. The fit is no evidence.",
    ko: "[[fitted_basis|맞춘 좌표계]]의 검정에 앞서, 토큰이 알려 주는 바가 적어 층별 합으로 {a}의 은닉 차원을 {b}의 것에 맞추었습니다({map}). 맞추는 데 쓰지 않은 합의 평균 [[cosine|코사인]]은 {cosine}, 바로 다음 좌표와는 {shuffled}입니다. 맞춤 자체는 증거가 아닙니다.",
  },
  "tests.controls_table": { en: "What the reference models were found to be", ko: "참조 모델의 판정" },
  "tests.related": { en: "{control} is itself related to {with}, so that it is left out as a reference model.", ko: "참조 모델에서 제외: {control} ({with} 쪽과 관련이 있음)." },
  "qq.title": { en: "One of the tests closely: each MLP beside chance", ko: "검정 하나를 자세히: MLP마다 우연과 비교" },
  "qq.missing": { en: "No [[mlp|MLP]] of this pair was tested, so there are no p-values to draw.", ko: "이 쌍에서 검정한 [[mlp|MLP]]가 없어 그릴 p-값이 없습니다." },
  "qq.fitted": {
    en: "These p-values come from a [[fitted_basis]], where neurons of unrelated models that do the same are paired as well: p may be too small. What counts there is the share of neurons that agree.",
    ko: "이 p-값은 [[fitted_basis|맞춘 좌표계]]에서 나왔습니다. 거기서는 무관한 모델이라도 같은 일을 하는 뉴런이 짝지어지므로 p가 지나치게 작을 수 있습니다. 이때는 일치하는 뉴런의 비율을 보아야 합니다.",
  },
  "qq.label": { en: "Quantile plot of the p-values of {count} MLPs", ko: "MLP {count}개의 p-값 분위수 그림" },
  "qq.caption": {
    en: "Each dot is one [[mlp]] of {b}: its [[pvalue|p-value]] (neurons keep their partner, by ranks), ordered, against what chance gives. Unrelated models: dots follow the line; the grey band holds each with probability 0.95 ([[band|pointwise]]), if MLPs are independent. Ticks at the right: the same test of all MLPs together, for each reference model.",
    ko: "점 하나는 {b}의 [[mlp]] 하나입니다. 크기순으로 늘어놓은 [[pvalue|p-값]](뉴런의 같은 짝, 순위)을 우연의 값과 비교합니다. 무관한 모델이면 점이 직선을 따르고, MLP가 서로 독립이면 회색 띠가 각 점을 95 % 확률로 [[band|점별]]로 담습니다. 오른쪽 눈금은 각 참조 모델에서 모든 MLP를 합친 같은 검정의 p-값입니다.",
  },
  "qq.x": { en: "expected −log₁₀ p →", ko: "기대 −log₁₀ p →" },
  "qq.y": { en: "↑ observed −log₁₀ p", ko: "↑ 관측 −log₁₀ p" },
  "qq.y_bent": { en: "↑ observed −log₁₀ p (linear to 3, then logarithmic)", ko: "↑ 관측 −log₁₀ p (3까지 선형, 이후 로그)" },
  "qq.legend_mlp": { en: "MLPs of {b}", ko: "{b}의 MLP" },
  "qq.legend_band": { en: "95 % band of uniform p-values", ko: "균등 p-값의 95 % 띠" },
  "qq.legend_line": { en: "uniform p-values", ko: "균등 p-값" },
  "qq.legend_control": { en: "reference models, all MLPs together", ko: "참조 모델(모든 MLP 합계)" },
  "qq.subset": { en: "{shown} of {all} dots are drawn: all of the smallest p-values, fewer of the rest.", ko: "점 {all}개 중 {shown}개를 그렸습니다. 가장 작은 p-값은 모두, 나머지는 일부입니다." },
  "qq.lead": { en: "{above} of {count} MLPs lie above what chance gives (the grey band).", ko: "MLP {count}개 중 {above}개가 우연의 범위(회색 띠)보다 위에 있습니다." },
  "qq.nothing_here": {
    en: "This one test finds nothing in this pair: {above} of its {count} dots lie above the chance band, where chance alone puts about {expected}. The verdict rests on other tests: {tests}.",
    ko: "이 검정 하나로는 이 쌍에서 아무것도 발견되지 않습니다. 점 {count}개 중 {above}개가 우연의 띠 위에 있으며, 우연만으로도 약 {expected}개가 그렇게 됩니다. 판정은 다른 검정에 근거합니다: {tests}.",
  },
  "qq.nothing": {
    en: "This test finds nothing in this pair: {above} of {count} dots lie above the chance band, where chance alone puts about {expected}.",
    ko: "이 검정은 이 쌍에서 아무것도 찾지 못했습니다. 점 {count}개 중 {above}개가 우연의 띠 위에 있으며, 우연만으로도 약 {expected}개가 그렇게 됩니다.",
  },
});
