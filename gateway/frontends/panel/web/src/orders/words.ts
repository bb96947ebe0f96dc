import type { Command, Verb } from "../api/home";
import { formatNumber } from "../format/numbers";
import { t } from "../texts";

export function verbWords(verb: string): string {
  return t.orders.verb[verb] ?? capital(verb);
}

export function argumentWords(name: string): string {
  return t.orders.argument[name] ?? capital(name);
}

/** "Set opening: 40 %": a command as a person would say it. */
export function commandWords({ verb, args }: Pick<Command, "verb" | "args">, known?: Verb): string {
  const said = Object.entries(args).map(([name, value]) => {
    const unit = known?.args?.[name]?.unit;
    const text = typeof value === "number" ? formatNumber(value, null, placesOf(value)) : jsonWords(value);
    const withUnit = unit ? `${text}\u202f${unit}` : text;
    return Object.keys(args).length === 1 ? withUnit : `${argumentWords(name)} ${withUnit}`;
  });
  return said.length === 0 ? verbWords(verb) : `${verbWords(verb)}: ${said.join(", ")}`;
}

/** A part of a configuration as text. */
export function jsonWords(value: unknown): string {
  if (value === undefined || value === null) return t.shadow.nothing;
  return typeof value === "string" ? value : JSON.stringify(value);
}

function placesOf(value: number): number {
  return Number.isInteger(value) ? 0 : 2;
}

function capital(name: string): string {
  const words = name.replaceAll("_", " ");
  return words.charAt(0).toUpperCase() + words.slice(1);
}
