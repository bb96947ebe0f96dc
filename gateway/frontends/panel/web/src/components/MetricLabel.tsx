import type { Shown } from "../api/types";
import { metricName } from "../format/metric";
import { QualityMark } from "../quality/QualityMark";
import { StaleAge } from "../quality/StaleAge";
import { SimulatedMark } from "./SimulatedMark";

interface Props {
  metric: string;
  simulated: boolean;
  latest: Shown;
  /** Where there is room, the age of what is stale stands beside it. */
  showAge?: boolean;
}

/** What a value is, that it is simulated when it is, and that it is doubtful when it is. */
export function MetricLabel({ metric, simulated, latest, showAge = false }: Props) {
  return (
    <span className="flex h-5 items-center gap-1 text-xs text-soft">
      <span className="truncate">{metricName(metric)}</span>
      {simulated && <SimulatedMark />}
      <QualityMark metric={metric} latest={latest} />
      {showAge && <StaleAge latest={latest} />}
    </span>
  );
}
