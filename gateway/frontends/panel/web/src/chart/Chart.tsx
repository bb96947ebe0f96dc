import { useMemo } from "react";
import type { Device } from "../api/types";
import { useStale } from "../components/useStale";
import type { Range } from "./ranges";
import { SeriesChart } from "./SeriesChart";
import { deviceSource } from "./source";

/** One metric of one device. */
export function Chart({ device, metric, range }: { device: Device; metric: string; range: Range }) {
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
    />
  );
}
