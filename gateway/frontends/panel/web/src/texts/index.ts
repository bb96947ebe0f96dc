import { en } from "./en";

export type Texts = typeof en;

/** Catalogues by language; German is the next one. */
const catalogues: Record<string, Texts> = { en };

function choose(): Texts {
  for (const language of navigator.languages) {
    const found = catalogues[language.slice(0, 2).toLowerCase()];
    if (found) return found;
  }
  return en;
}

export const t: Texts = choose();

/** How numbers and dates are written: the browser's own choice within the language of the texts. */
export const locale: string = navigator.languages.find((language) => language.startsWith(t.language)) ?? t.language;
