import { useMemo } from "react";
import { breaksBefore, isOutside, longestPause, type Point } from "../chart/points";
import { deviceSource } from "../chart/source";
import { useSeries } from "../chart/useSeries";
import { useNow } from "../clock";
import { placesOf } from "../format/numbers";
import { metricName } from "../format/metric";
import { t } from "../texts";

const SPAN_MS = 15 * 60_000;
const STEP_MS = 15_000;
const WIDTH = 120;
const HEIGHT = 40;
const EDGE = 3;

interface Props {
  device: string;
  metric: string;
  unit: string | null;
  stale: boolean;
}

/** The last minutes of one metric, as a line without axes. */
export function Sparkline({ device, metric, unit, stale }: Props) {
  const source = useMemo(() => deviceSource(device), [device]);
  const { points } = useSeries(source, metric, SPAN_MS, STEP_MS);
  const now = useNow(STEP_MS);
  const shown = points.filter((point) => point.time >= now - SPAN_MS && !isOutside(point, null));
  return (
    <svg
      className={`h-10 w-full ${stale ? "text-soft" : "text-accent"}`}
      viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
      preserveAspectRatio="none"
      role="img"
      aria-label={t.devices.sparkline(metricName(metric))}
    >
      <path
        d={pathOf(shown, now, leastSpan(unit, shown))}
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

/** A sensor's last digit must not look like a mountain. */
function leastSpan(unit: string | null, points: Point[]): number {
  const last = points.at(-1)?.value ?? 0;
  return 8 * 10 ** -placesOf(unit, last);
}

function pathOf(points: Point[], now: number, least: number): string {
  const low = Math.min(...points.map((point) => point.value));
  const high = Math.max(...points.map((point) => point.value));
  const span = Math.max(high - low, least);
  const base = (low + high - span) / 2;
  const pause = longestPause(points, STEP_MS);
  return points
    .map((point, index) => {
      const x = WIDTH * (1 - (now + STEP_MS - point.time) / (SPAN_MS + STEP_MS));
      const y = HEIGHT - EDGE - ((point.value - base) / span) * (HEIGHT - 2 * EDGE);
      const isStart = index === 0 || breaksBefore(points, index, pause);
      // A point alone is drawn by its line's round ends.
      return `${isStart ? `M${x.toFixed(1)} ${y.toFixed(1)}` : ""}L${x.toFixed(1)} ${y.toFixed(1)}`;
    })
    .join("");
}
