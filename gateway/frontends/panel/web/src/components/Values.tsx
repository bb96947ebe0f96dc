import type { Shown } from "../api/types";
import { useNow } from "../clock";
import { formatAge } from "../format/time";
import { useLink } from "../live/hooks";
import { MetricLabel } from "./MetricLabel";
import { Value } from "./Value";

interface Props {
  /** In this order. */
  metrics: readonly string[];
  values: Record<string, Shown>;
  isSimulated: (metric: string) => boolean;
  /** With how old each one is. */
  ages?: boolean;
}

/** The newest values of a place, each with its name. */
export function Values({ metrics, values, isSimulated, ages = false }: Props) {
  const now = useNow();
  const lost = useLink() === "lost";
  return (
    <dl className="grid grid-cols-[repeat(auto-fill,minmax(7rem,1fr))] gap-x-3 gap-y-2">
      {metrics.map((metric) => (
        <div key={metric} className="min-w-0">
          <dt>
            <MetricLabel metric={metric} simulated={isSimulated(metric)} latest={values[metric]!} />
          </dt>
          <dd>
            <Value latest={values[metric]!} stale={lost} size="small" />
            {ages && <span className="block text-xs text-soft">{formatAge(now - values[metric]!.time_ms)}</span>}
          </dd>
        </div>
      ))}
    </dl>
  );
}
