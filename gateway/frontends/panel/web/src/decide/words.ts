import type { Decision, Outcome } from "../api/window";
import { formatNumber, formatValue } from "../format/numbers";
import { formatSpan } from "../format/time";
import { t } from "../texts";

export const outcomeLooks: Record<Outcome, string> = {
  sent: "text-accent",
  done: "text-good",
  failed: "text-bad",
  away: "text-warn",
  kept: "text-soft",
  held: "text-warn",
  unanswered: "text-bad",
  waiting: "text-soft",
};

/** Of these the window was told, or would have been had it been there; the others are only thoughts. */
export const moves = new Set<Outcome>(["sent", "done", "failed", "away"]);

/** Somebody was sure, or unsure, of it; what nobody answered was nobody's opinion. */
export function isAnswered({ outcome }: Decision): boolean {
  return outcome !== "waiting" && outcome !== "unanswered";
}

/** "55 %", as all openings are written. */
export function openingWords(position: number): string {
  return formatValue(position, "%");
}

/** From here on it is called sure, and fairly sure. */
const SURE = 0.8;
const FAIRLY = 0.5;

export type Level = "high" | "middle" | "low";

export function levelOf(confidence: number): Level {
  if (confidence >= SURE) return "high";
  return confidence >= FAIRLY ? "middle" : "low";
}

/** "window@3" as people say it. */
export function modelWords(model: string): string {
  if (model === "teacher") return t.decisions.teacher;
  if (model === "external") return t.decisions.service;
  if (model.startsWith("external:")) return t.decisions.external(model.slice("external:".length));
  return model.startsWith("window@") ? t.decisions.numbered(model.slice("window@".length)) : model;
}

/** Of what a decision rests on; what people read as words has none. */
const units: Record<string, string> = {
  temperature: "°C",
  humidity: "%",
  sound: "dB",
  co2: "ppm",
  outdoor_temperature: "°C",
  outdoor_humidity: "%",
  outdoor_mean: "°C",
  rain: "mm/h",
  wind: "m/s",
  position: "%",
};

/** In the order in which they matter. */
const order = Object.keys(t.decisions.input);

export function inputName(name: string): string {
  return t.decisions.input[name] ?? name.replaceAll("_", " ");
}

/** Inputs that have a value, the important ones first. */
export function knownInputs(inputs: Decision["inputs"]): [string, number | string][] {
  const known = Object.entries(inputs).filter((entry): entry is [string, number | string] => entry[1] !== null);
  return known.sort(([a], [b]) => rankOf(a) - rankOf(b));
}

export function rankOf(name: string): number {
  const rank = order.indexOf(name);
  return rank < 0 ? order.length : rank;
}

/** An input's value as people read it. */
export function inputWords(name: string, value: number | string): string {
  if (typeof value === "string") return t.decisions.character[value] ?? value;
  if (name === "hour") return clockOf(value);
  if (name === "shut") return formatSpan(value * 3_600_000);
  const unit = units[name] ?? null;
  return unit === null && Number.isInteger(value) ? formatNumber(value, null, 0) : formatValue(value, unit);
}

/** Why something that is known or could be known does not count. */
export function missingWords(why: string, detail = ""): string {
  const words = t.decisions.why[why] ?? why;
  return detail ? `${words}, ${detail}` : words;
}

/** "21:40" of 21.67. */
function clockOf(hour: number): string {
  const minutes = Math.round(hour * 60) % 1440;
  return `${Math.floor(minutes / 60)}:${String(minutes % 60).padStart(2, "0")}`;
}
