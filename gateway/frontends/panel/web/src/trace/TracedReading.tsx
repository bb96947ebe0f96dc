import type { Trace } from "../api/types";
import { Fact } from "../components/Fact";
import { SimulatedBadge } from "../components/SimulatedBadge";
import { formatValue } from "../format/numbers";
import { metricName } from "../format/metric";
import { formatClock, formatDay } from "../format/time";
import { useDevice } from "../live/hooks";
import { flagWords } from "../quality/words";
import { devicePath } from "../router";
import { t } from "../texts";

/** The reading an id names: whose, when, its values and what is wrong with them. */
export function TracedReading({ reading }: { reading: NonNullable<Trace["reading"]> }) {
  const device = useDevice(reading.device);
  const { time_ms, values, quality, simulated } = reading;
  return (
    <section className="card p-5" aria-label={t.trace.reading}>
      <h2 className="flex flex-wrap items-center gap-x-3 gap-y-1 text-sm font-medium">
        {t.trace.reading}
        <a className="text-accent hover:underline" href={devicePath(reading.device)}>
          {device?.name ?? reading.device}
        </a>
        {simulated && <SimulatedBadge />}
        <time className="font-normal text-soft" dateTime={new Date(time_ms).toISOString()}>
          {formatDay(time_ms)}, {formatClock(time_ms, true)}
        </time>
      </h2>
      <dl className="mt-3 grid grid-cols-2 gap-x-6 gap-y-3 sm:grid-cols-4">
        {Object.entries(values).map(([metric, value]) => (
          <Fact key={metric} name={metricName(metric)}>
            {formatValue(value, device?.latest[metric]?.unit ?? null)}
            {quality[metric] && <span className="block text-xs font-medium text-warn">{flagWords(quality[metric])}</span>}
          </Fact>
        ))}
      </dl>
    </section>
  );
}
