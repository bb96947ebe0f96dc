import type { Component } from "../api/anomalies";
import { formatNumber } from "../format/numbers";
import { t } from "../texts";

const DAY_MS = 86_400_000;
const WIDTH = 200;
const HEIGHT = 40;
const EDGE = 2;

/** The health day by day, from 0 at the bottom to 100 at the top; a day without a value is a hole. */
export function HealthLine({ days }: { days: Component["days"] }) {
  const [first, last] = [days[0]!, days.at(-1)!];
  const span = Math.max(DAY_MS, last.time_ms - first.time_ms);
  const count = Math.round(span / DAY_MS) + 1;
  const path = days
    .map(({ time_ms: time, value }, index) => {
      const x = ((time - first.time_ms) / span) * WIDTH;
      const y = HEIGHT - EDGE - (Math.min(100, Math.max(0, value)) / 100) * (HEIGHT - 2 * EDGE);
      const before = days[index - 1];
      // Clocks are changed twice a year: a day may have 25 hours.
      const isStart = before === undefined || time - before.time_ms > 1.5 * DAY_MS;
      return `${isStart ? `M${x.toFixed(1)} ${y.toFixed(1)}` : ""}L${x.toFixed(1)} ${y.toFixed(1)}`;
    })
    .join("");
  return (
    <svg
      className="h-10 w-full rounded-md bg-raised text-accent"
      viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
      preserveAspectRatio="none"
      role="img"
      aria-label={t.insight.line(count, formatNumber(first.value, null, 0), formatNumber(last.value, null, 0))}
    >
      <path
        d={path}
        fill="none"
        stroke="currentColor"
        stroke-width="1.75"
        stroke-linejoin="round"
        stroke-linecap="round"
        vector-effect="non-scaling-stroke"
      />
    </svg>
  );
}
