import { useMemo } from "react";
import type { Episode } from "../api/anomalies";
import type { Device } from "../api/types";
import { useStale } from "../components/useStale";
import type { Range } from "./ranges";
import { SeriesChart } from "./SeriesChart";
import { deviceSource } from "./source";

interface Props {
  device: Device;
  metric: string;
  range: Range;
  /** What was not as usual at the device or its place. */
  episodes: readonly Episode[];
}

/** One metric of one device. */
export function Chart({ device, metric, range, episodes }: Props) {
  const source = useMemo(() => deviceSource(device.id), [device.id]);
  return (
    <SeriesChart
      source={source}
      metric={metric}
      range={range}
      latest={device.latest[metric]}
      simulated={device.simulated}
      stale={useStale(device)}
      device={device.id}
      episodes={episodes}
    />
  );
}
