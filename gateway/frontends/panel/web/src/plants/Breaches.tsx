import type { Plant } from "../api/home";
import { useNow } from "../clock";
import { Card } from "../components/Card";
import { formatAge, formatInstant } from "../format/time";
import { tracePath } from "../router";
import { t } from "../texts";

/** Which thresholds a plant's values have crossed, since when, and because of which reading. */
export function Breaches({ plant }: { plant: Plant }) {
  const now = useNow();
  return (
    <Card title={t.plant.breaches}>
      {plant.breaches.length === 0 && <p className="text-sm text-soft">{t.plant.noBreach}</p>}
      <ul className="flex flex-col gap-2 text-sm empty:hidden">
        {plant.breaches.map(({ metric, text, since_at, since_ms, correlation }) => (
          <li key={metric} className="flex flex-wrap items-baseline gap-x-3 gap-y-0.5">
            <strong className="font-semibold text-bad">{text}</strong>
            <time className="text-xs text-soft" dateTime={since_at} title={formatInstant(since_ms)}>
              {formatAge(now - since_ms)}
            </time>
            {correlation && (
              <a className="text-xs text-accent hover:underline" href={tracePath(correlation)} title={t.events.traceHint}>
                {t.plant.trace}
              </a>
            )}
          </li>
        ))}
      </ul>
    </Card>
  );
}
