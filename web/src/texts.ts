// The one catalogue of what the page says, in English and Korean. A key without one of the two does not compile.
import { descriptionTexts } from "./texts/descriptions";
import { functionTexts } from "./texts/functions";
import { modelTexts } from "./texts/models";
import { pageTexts } from "./texts/page";
import { termTexts } from "./texts/terms";
import { testTexts } from "./texts/tests";
import { verdictTexts } from "./texts/verdict";

export const texts = { ...pageTexts, ...verdictTexts, ...testTexts, ...modelTexts, ...descriptionTexts, ...functionTexts };
export const terms = termTexts;

export type Key = keyof typeof texts;
export type TermId = keyof typeof terms;
