import { formatNumber, formatValue } from "../format/numbers";
import { formatClock, formatDay } from "../format/time";
import { flagWords } from "../quality/words";
import { t } from "../texts";
import type { Point } from "./points";
import type { Range } from "./ranges";

interface Props {
  points: Point[];
  unit: string | null;
  hovered: Point | null;
  range: Range;
}

/** The instant under the cursor, otherwise the time range; beside it between what the values lay. */
export function Caption({ points, unit, hovered, range }: Props) {
  const when = hovered ? instantOf(hovered, range) : t.rangeLong[range];
  const shown = hovered ? [hovered] : points;
  const hasSpread = shown.length > 0 && (hovered === null || hovered.count > 1);
  return (
    <p className="flex h-5 justify-between gap-3 text-xs leading-5 whitespace-nowrap text-soft">
      <span className="min-w-0 truncate">
        {when}
        {hovered && hovered.flags.length > 0 && <span className="text-warn"> · {flagWords(hovered.flags)}</span>}
      </span>
      {hasSpread && <span>{spreadOf(shown, unit)}</span>}
    </p>
  );
}

function instantOf(point: Point, range: Range): string {
  const isRecent = range === "hour";
  return isRecent ? formatClock(point.time, true) : `${formatDay(point.time)}, ${formatClock(point.time)}`;
}

function spreadOf(points: Point[], unit: string | null): string {
  const low = Math.min(...points.map((point) => point.low));
  const high = Math.max(...points.map((point) => point.high));
  const [from, to] = [formatNumber(low, unit), formatValue(high, unit)];
  return from === formatNumber(high, unit) ? to : `${from} – ${to}`;
}
