import type { Flag } from "../api/types";
import { t } from "../texts";

/** The flag in a word; one this page does not know yet in its own. */
export function flagWord(flag: Flag): string {
  return t.quality[flag]?.word ?? flag.replaceAll("_", " ");
}

/** What it means, in a sentence. */
export function flagMeans(flag: Flag): string {
  return t.quality[flag]?.means ?? flagWord(flag);
}

/** "stuck, drifting". */
export function flagWords(flags: readonly Flag[]): string {
  return flags.map(flagWord).join(", ");
}

/** Values with one of these say nothing about the world, so no line is drawn through them. */
export function isImpossible(flags: readonly Flag[]): boolean {
  return flags.includes("out_of_range") || flags.includes("jump");
}
