import type { WouldFire } from "../api/rules";
import { formatDay } from "../format/time";
import { t } from "../texts";

const DAY_MS = 86_400_000;
const WIDE = 10;
const TALL = 64;
const GAP = 2;

/** Firings of each day from the first to the last, local days. */
export function daily(firings: readonly WouldFire[], fromMs: number, toMs: number): { day: string; count: number }[] {
  const counts = new Map<string, number>();
  // From noon to noon, so that no change of the clock skips or doubles a day.
  const noon = new Date(fromMs).setHours(12, 0, 0, 0);
  const last = new Date(toMs).setHours(12, 0, 0, 0);
  for (let at = noon; at <= last + DAY_MS / 24; at += DAY_MS) counts.set(formatDay(at), 0);
  for (const { time_ms, part } of firings) {
    if (part !== "then") continue;
    const day = formatDay(time_ms);
    counts.set(day, (counts.get(day) ?? 0) + 1);
  }
  return [...counts].map(([day, count]) => ({ day, count }));
}

/** A bar for each day. */
export function Days({ days }: { days: readonly { day: string; count: number }[] }) {
  const most = Math.max(1, ...days.map(({ count }) => count));
  const all = days.reduce((sum, { count }) => sum + count, 0);
  const wide = days.length * WIDE;
  return (
    <figure className="flex flex-col gap-1">
      <svg
        viewBox={`0 0 ${wide} ${TALL}`}
        className="h-24 w-full"
        preserveAspectRatio="none"
        role="img"
        aria-label={t.rules.days(all, Math.max(0, ...days.map(({ count }) => count)))}
      >
        {days.map(({ day, count }, number) => {
          // A day without a firing has a trace of a bar, so that one sees that it was looked at.
          const height = count ? Math.max(4, (count / most) * (TALL - 2)) : 1.5;
          return (
            <rect
              key={day}
              x={number * WIDE + GAP / 2}
              y={TALL - height}
              width={WIDE - GAP}
              height={height}
              className={count ? "fill-accent" : "fill-line"}
              data-day={day}
              data-count={count}
            >
              <title>{t.rules.day(day, count)}</title>
            </rect>
          );
        })}
      </svg>
      <figcaption className="flex justify-between text-xs text-soft">
        <span>{days[0]?.day}</span>
        <span>{days[days.length - 1]?.day}</span>
      </figcaption>
    </figure>
  );
}
