import { useMemo } from "react";
import type { Plant } from "../api/home";
import { useLink } from "../live/hooks";
import { SeriesChart } from "./SeriesChart";
import { plantSource } from "./source";

/** The last day of one metric of a plant, whichever devices measured it. */
export function PlantChart({ plant, metric }: { plant: Plant; metric: string }) {
  const devices = [...plant.devices].sort().join(" ");
  const source = useMemo(() => plantSource(plant.id, plant.devices), [plant.id, devices]);
  const lost = useLink() === "lost";
  return (
    <SeriesChart
      source={source}
      metric={metric}
      range="day"
      latest={plant.latest[metric]}
      simulated={plant.simulated}
      stale={lost}
    />
  );
}
