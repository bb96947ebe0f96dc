import { useMemo, useState } from "react";
import { EpisodeNotes } from "../anomalies/EpisodeNotes";
import { concerns, isWithin } from "../anomalies/words";
import type { Episode } from "../api/anomalies";
import type { Latest } from "../api/types";
import { serverNow } from "../clock";
import { SimulatedBadge } from "../components/SimulatedBadge";
import { SimulatedMark } from "../components/SimulatedMark";
import { formatValue } from "../format/numbers";
import { metricName } from "../format/metric";
import { QualityMark } from "../quality/QualityMark";
import { t } from "../texts";
import { BreakList } from "./BreakList";
import { Caption } from "./Caption";
import { isOutside, type Point } from "./points";
import { Readout } from "./Readout";
import { spanMs, stepMs, type Range } from "./ranges";
import type { Source } from "./source";
import { usePlot } from "./usePlot";
import { useSeries } from "./useSeries";

interface Props {
  source: Source;
  metric: string;
  range: Range;
  latest: Latest | undefined;
  simulated: boolean;
  stale: boolean;
  /** Given where its owner may say that what is doubtful is normal. */
  device?: string;
  /** What was not as usual where it stands; shown where it concerns this series. */
  episodes?: readonly Episode[];
}

const NONE: readonly Episode[] = [];

/** One metric over a time range: what is stored, and what arrives from now on. */
export function SeriesChart({ source, metric, range, latest, simulated, stale, device, episodes = NONE }: Props) {
  const span = spanMs[range];
  const step = stepMs[range];
  const { points, breaks, unit: recorded, loaded } = useSeries(source, metric, span, step);
  const [hovered, setHovered] = useState<Point | null>(null);
  const unit = latest?.unit ?? recorded;
  const doubtful = points.filter((point) => point.flags.length > 0).length;
  const noted = useMemo(
    () => (device ? episodes.filter((each) => concerns(each, device, metric)) : NONE),
    [episodes, device, metric],
  );
  const shown = noted.filter((each) => isWithin(each, serverNow() - span, serverNow()));
  const target = usePlot({ points, breaks, episodes: noted, unit, simulated, span, step, group: source.key, onHover: setHovered });

  return (
    <section className="card min-w-0 p-4 pb-3" aria-label={metricName(metric)}>
      <header className="flex h-8 items-baseline justify-between gap-3">
        <h2 className="flex min-w-0 items-baseline gap-2 text-sm font-medium">
          <span className="truncate">{metricName(metric)}</span>
          {/* Short beside a sign of doubt, so that a phone has room for the name. */}
          {simulated && (latest?.quality.length ? <SimulatedMark /> : <SimulatedBadge />)}
          {latest && <QualityMark {...(device ? { device } : {})} metric={metric} latest={latest} words />}
        </h2>
        <Readout latest={latest} unit={unit} hovered={hovered} stale={stale} />
      </header>
      <Caption points={sound(points, step)} unit={unit} hovered={hovered} range={range} />
      <div className="relative mt-1 h-44">
        <div
          ref={target}
          className="absolute inset-0"
          role="img"
          aria-label={summaryOf(metric, range, unit, sound(points, step), doubtful)}
          data-points={points.length}
          data-flagged={doubtful}
          data-breaks={breaks.length}
          data-episodes={shown.length}
        />
        {points.length === 0 && (
          <p className="pointer-events-none absolute inset-0 grid place-items-center text-sm text-soft">
            {loaded ? t.chart.empty : t.chart.loading}
          </p>
        )}
      </div>
      <BreakList breaks={breaks} />
      {device && <EpisodeNotes episodes={shown} device={device} metric={metric} />}
    </section>
  );
}

/** The points that say something about the world. */
function sound(points: Point[], step: number | null): Point[] {
  return points.filter((point) => !isOutside(point, step));
}

function summaryOf(metric: string, range: Range, unit: string | null, points: Point[], doubtful: number): string {
  const last = points.at(-1);
  if (!last) return `${metricName(metric)}: ${t.chart.empty}`;
  const low = Math.min(...points.map((point) => point.low));
  const high = Math.max(...points.map((point) => point.high));
  const [a, b, c] = [low, high, last.value].map((value) => formatValue(value, unit)) as [string, string, string];
  const summary = t.chart.summary(metricName(metric), t.rangeLong[range], a, b, c);
  return doubtful > 0 ? `${summary}; ${t.chart.doubtful(doubtful)}` : summary;
}
