import type { Shadow, State } from "../api/home";
import { fieldOf, sides, type Side, type Typed } from "../components/limits";
import { numberOf, textOf } from "../components/NumberField";
import type { Verbs } from "../orders/useVerbs";

const INTERVAL = "interval_s";
const LIMITS = "limits";

export function intervalOf(typed: Typed, shadow: Shadow): string {
  return typed[INTERVAL] ?? textOf(shadow.desired.state[INTERVAL] ?? shadow.reported.state[INTERVAL]);
}

export function withInterval(typed: Typed, value: string): Typed {
  return { ...typed, [INTERVAL]: value };
}

export function limitOf(typed: Typed, shadow: Shadow, name: string, side: Side): string {
  return typed[fieldOf(name, side)] ?? textOf(bandOf(shadow.desired.state, name)[side]);
}

/** What can be limited: what its verbs take between two ends, and what is limited already. */
export function limitNames(shadow: Shadow, verbs: Verbs): string[] {
  const taken = Object.values(verbs)
    .filter(({ relative }) => !relative)
    .flatMap(({ args }) => Object.entries(args ?? {}))
    .filter(([, { kind = "number" }]) => kind === "number" || kind === "whole")
    .map(([name]) => name);
  const limited = [shadow.desired, shadow.reported].flatMap(({ state }) => Object.keys(objectOf(state[LIMITS])));
  return [...new Set([...taken, ...limited])].sort();
}

/** The merge patch that what was typed amounts to: null removes. Empty: nothing is other than it was. */
export function patchOf(typed: Typed, shadow: Shadow, names: readonly string[]): State {
  const patch: State = {};
  const interval = numberOf(intervalOf(typed, shadow));
  const known = shadow.desired.state[INTERVAL];
  if (INTERVAL in typed && interval !== (known ?? null)) patch[INTERVAL] = interval;
  const limits: State = {};
  for (const name of names) {
    const [min, max] = sides.map((side) => numberOf(limitOf(typed, shadow, name, side))) as [number | null, number | null];
    const before = bandOf(shadow.desired.state, name);
    if (min === before.min && max === before.max) continue;
    limits[name] = min === null && max === null ? null : { min, max };
  }
  return Object.keys(limits).length > 0 ? { ...patch, [LIMITS]: limits } : patch;
}

function bandOf(state: State, name: string): Record<Side, number | null> {
  const { min, max } = objectOf(objectOf(state[LIMITS])[name]);
  return { min: typeof min === "number" ? min : null, max: typeof max === "number" ? max : null };
}

function objectOf(value: unknown): State {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as State) : {};
}
