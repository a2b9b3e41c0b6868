// What the tree's page says, in English and Korean.
import { catalogue } from "../texts/text";
import { language } from "../language";

const texts = catalogue({
  kicker: { en: "Relatives among language models, by their weights", ko: "가중치로 본 언어 모델의 계보" },
  title: { en: "Who is whose relative", ko: "누가 누구의 친척인가" },
  no_data: { en: "This page holds no tree. `modelkin atlas tree --format html` writes one.", ko: "이 페이지에는 계보가 없습니다. `modelkin atlas tree --format html`이 만듭니다." },
  bad_data: { en: "The tree in this page could not be read.", ko: "이 페이지의 계보를 읽을 수 없습니다." },
  reading: { en: "Reading the tree…", ko: "계보를 읽는 중…" },
  language: { en: "한국어", ko: "English" },
  dark: { en: "Dark", ko: "어둡게" },
  light: { en: "Light", ko: "밝게" },
  settings: { en: "Language and appearance", ko: "언어와 화면" },
  graph: { en: "Graph of {models} models and {edges} edges. Lists beside it hold the same.", ko: "모델 {models}개와 변 {edges}개의 그래프. 옆의 목록에 같은 내용이 있습니다." },
  zoom_in: { en: "Zoom in", ko: "확대" },
  zoom_out: { en: "Zoom out", ko: "축소" },
  whole: { en: "Show all", ko: "전체 보기" },
  search: { en: "Search by name", ko: "이름으로 찾기" },
  found: { en: "{count} found", ko: "{count}개 찾음" },
  families: { en: "Families", ko: "계열" },
  no_family: { en: "not known", ko: "알 수 없음" },
  other_families: { en: "{count} other families", ko: "그 밖의 계열 {count}개" },
  edges: { en: "Edges", ko: "변" },
  edge_nearest: { en: "nearest relatives, shown by weights", ko: "가중치로 드러난 가장 가까운 친척" },
  edge_further: { en: "further relatives, shown by weights", ko: "가중치로 드러난 그 밖의 친척" },
  edge_declared: { en: "declared, not the nearest or not comparable", ko: "선언됨. 가장 가깝지 않거나 비교할 수 없음" },
  edge_contradiction: { en: "contradiction", ko: "모순" },
  contradictions: { en: "Contradictions ({count})", ko: "모순 ({count})" },
  no_contradictions: { en: "No card contradicts the weights.", ko: "가중치와 어긋나는 모델 카드가 없습니다." },
  between: { en: "Between two others ({count})", ko: "두 모델 사이 ({count})" },
  between_note: { en: "Merges of both, or steps on the way from one to the other: a sign, no proof.", ko: "둘의 병합이거나 한쪽에서 다른 쪽으로 가는 중간 단계. 증거가 아니라 조짐입니다." },
  between_item: { en: "{model}: between {a} and {b}", ko: "{model}: {a}와(과) {b} 사이" },
  more: { en: "and {count} more", ko: "외 {count}개" },
  nothing: { en: "Pick a model or an edge for its evidence.", ko: "모델이나 변을 고르면 근거를 보여 줍니다." },
  evidence: { en: "Evidence", ko: "근거" },
  model: { en: "Model", ko: "모델" },
  edge: { en: "Edge", ko: "변" },
  location: { en: "read from", ko: "읽은 곳" },
  family: { en: "family", ko: "계열" },
  parameters: { en: "parameters", ko: "매개변수" },
  layers: { en: "layers", ko: "층" },
  declares: { en: "its card declares", ko: "카드가 선언한 기반" },
  nothing_declared: { en: "no base model", ko: "없음" },
  relatives: { en: "shown relatives", ko: "드러난 친척" },
  not_compared: { en: "none: no other record has its shape", ko: "없음: 같은 모양의 기록이 없습니다" },
  group: { en: "models of its group", ko: "무리의 모델 수" },
  root: { en: "its group is shown from", ko: "무리를 펼치는 기준" },
  root_declared: { en: "declared", ko: "선언됨" },
  root_centre: { en: "the centre; nothing tells the root", ko: "중심일 뿐, 뿌리는 알 수 없음" },
  root_none: { en: "nothing tells the root", ko: "뿌리는 알 수 없음" },
  agreements: { en: "bits that agree", ko: "일치하는 비트" },
  of_bits: { en: "{count} of {bits}", ko: "{bits} 중 {count}" },
  cosine: { en: "cosine of weights in place (95 % interval)", ko: "같은 자리 가중치의 코사인 (95 % 구간)" },
  p: { en: "p between unrelated models", ko: "무관한 모델일 때의 p" },
  component: { en: "compared part", ko: "비교한 부분" },
  shown: { en: "shown by weights", ko: "가중치로 드러남" },
  yes: { en: "yes", ko: "예" },
  no: { en: "no", ko: "아니요" },
  not_comparable: { en: "not comparable: no part has the same shape", ko: "비교할 수 없음: 같은 모양의 부분이 없습니다" },
  declared: { en: "declared", ko: "선언" },
  declared_item: { en: "{model} names {base}", ko: "{model} → {base}" },
  by_last_part: { en: "known by the last part of its path alone", ko: "경로의 마지막 부분으로만 알아봄" },
  not_declared: { en: "nothing", ko: "없음" },
  direction: { en: "direction", ko: "방향" },
  direction_item: { en: "{from} first, then {to}", ko: "{from} 다음에 {to}" },
  direction_declared: { en: "declared", ko: "선언됨" },
  direction_sign: { en: "a sign", ko: "조짐" },
  direction_none: { en: "not known", ko: "알 수 없음" },
  sign_repeated_layers: { en: "layers of the later one repeat one another", ko: "나중 모델의 층이 서로 반복됨" },
  licences: { en: "Licences of modelkin and of what this page holds", ko: "modelkin과 이 페이지에 담긴 소프트웨어의 라이선스" },
  foot: { en: "Made by modelkin {version}. This file works without a network and sends nothing.", ko: "modelkin {version}이(가) 만들었습니다. 이 파일은 네트워크 없이 동작하며 아무것도 보내지 않습니다." },
});

export type TreeKey = keyof typeof texts;

// `values` come in last, so that none can hold the name of another.
export function tt(key: TreeKey, values: Record<string, string | number> = {}): string {
  return texts[key][language()].replace(/\{(\w+)\}/g, (whole, name: string) =>
    Object.prototype.hasOwnProperty.call(values, name) ? String(values[name]) : whole);
}

export function knownTree(prefix: string, name: string): string {
  const key = `${prefix}_${name}`;
  return Object.prototype.hasOwnProperty.call(texts, key) ? tt(key as TreeKey) : name;
}
