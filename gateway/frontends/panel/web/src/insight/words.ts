import type { Component } from "../api/anomalies";
import { formatNumber, formatValue } from "../format/numbers";
import { t } from "../texts";

const lifeLooks: Record<Component["life"], string> = {
  range: "text-warn",
  limit_reached: "text-bad",
  no_wear_seen: "text-good",
  not_enough_history: "text-soft",
};
/** Below it a part is worn, also when it does not get worse. */
const WORN = 90;

/** What is known of how long a part lasts, in two words and a colour. */
export function lifeOf({ life, health }: Component): { text: string; look: string } {
  if (life === "no_wear_seen" && health !== null && health <= WORN) return { text: t.insight.steady, look: "text-soft" };
  return { text: t.insight.life[life], look: lifeLooks[life] };
}

/** "40 to 90 days": how long a part lasts, never a single number. Null where no range is known. */
export function remainingWords({ remaining }: Component): string | null {
  if (remaining === null) return null;
  const { low_days: low, high_days: high } = remaining;
  if (high === null) return t.insight.atLeast(dayCount(low));
  return t.insight.between(formatNumber(low, null, 0), dayCount(high));
}

/** "likely 60 days, 90 % confidence". */
export function likelyWords({ remaining }: Component): string {
  if (remaining === null) return "";
  const { likely_days: likely, high_days: high, confidence } = remaining;
  const sure = t.insight.confidence(formatValue(100 * confidence, "%"));
  return high === null ? sure : `${t.insight.likely(dayCount(likely))}, ${sure}`;
}

export function indexWords(index: number): string {
  return t.insight.of100(formatNumber(index, null, 0));
}

/** The gateway's sentence, without the names that stand above it anyway. */
export function sentenceOf({ asset_name: asset, component, text }: Component): string {
  const named = [`${asset}, ${component}: `, `${component}: `].find((start) => text.startsWith(start));
  const rest = text.slice(named?.length ?? 0);
  return rest.charAt(0).toUpperCase() + rest.slice(1);
}

/** "node-3/flow" as people say it. */
export function channelParts(channel: string): { device: string; metric: string } {
  const at = channel.lastIndexOf("/");
  return { device: channel.slice(0, at), metric: channel.slice(at + 1) };
}

function dayCount(days: number): string {
  return t.insight.days(formatNumber(days, null, 0));
}
