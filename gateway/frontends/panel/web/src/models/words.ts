import type { ModelVersion } from "../api/models";
import { formatNumber } from "../format/numbers";
import { t } from "../texts";

/** Nothing in a house asks it. */
const REFERENCE = "remaining_life";

export function modelName(name: string): string {
  return t.models.name[name] ?? name;
}

/** How one speaks of a model: windows are decided about, everything else is answered. */
export function wordsOf(name: string): typeof t.models.deciding {
  return name === "window" ? t.models.deciding : t.models.answering;
}

export function stateWords(name: string, state: ModelVersion["state"]): string {
  return name === REFERENCE && state === "active" ? t.models.here : t.models.state[state]!;
}

/** A version as it is written: a whole number. */
export function numberWords(version: number): string {
  return String(version);
}

/** A measured figure's name for people: "error_after_pp" is "error after, points". */
export function figureWords(name: string): string {
  return name.replace(/_pp$/, ", points").replaceAll("_", " ");
}

export function figureValue(value: number): string {
  return formatNumber(value, null, Number.isInteger(value) ? 0 : Math.abs(value) < 0.1 ? 4 : 2);
}
