import { t } from "../texts";
import { formatDate } from "./time";

const DAY_MS = 86_400_000;

/** Days with what was on them, both in the order given. */
export function byDay<T>(things: readonly T[], timeOf: (thing: T) => number): [string, T[]][] {
  const days = new Map<string, T[]>();
  for (const thing of things) {
    const day = formatDate(timeOf(thing));
    const there = days.get(day);
    if (there) there.push(thing);
    else days.set(day, [thing]);
  }
  return [...days];
}

/** "Today", "Yesterday", or the date itself. */
export function dayWords(day: string, now: number): string {
  if (day === formatDate(now)) return t.decisions.today;
  return day === formatDate(now - DAY_MS) ? t.decisions.yesterday : day;
}
