import { t } from "../texts";

/** A metric's name for people: from the catalogue, otherwise its own words. */
export function metricName(metric: string): string {
  const known = t.metric[metric];
  if (known) return known;
  const words = metric.replaceAll("_", " ");
  return words.charAt(0).toUpperCase() + words.slice(1);
}
