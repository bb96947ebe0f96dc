import type { Episode, Nature } from "../api/anomalies";
import { formatSpan } from "../format/time";
import { t } from "../texts";

export const natureLooks: Record<Nature, { text: string; dot: string }> = {
  sensor: { text: "text-warn", dot: "bg-warn" },
  machine: { text: "text-bad", dot: "bg-bad" },
  unusual: { text: "text-accent", dot: "bg-accent" },
};

/** "for 3 h 5 min" while it goes on, "lasted 12 min" afterwards. */
export function spanWords({ opened_ms: opened, closed_ms: closed }: Episode, now: number): string {
  if (closed === null) return t.anomalies.since(formatSpan(now - opened));
  return t.anomalies.lasted(formatSpan(closed - opened));
}

/** Whether an episode tells of this series. */
export function concerns(episode: Episode, device: string, metric: string): boolean {
  const is = (one: { device: string; metric: string }) => one.device === device && one.metric === metric;
  return is(episode) || episode.signals.some(is);
}

/** Whether any of it lies in [from, to). */
export function isWithin({ opened_ms: opened, closed_ms: closed }: Episode, from: number, to: number): boolean {
  return opened < to && (closed === null || closed >= from);
}
