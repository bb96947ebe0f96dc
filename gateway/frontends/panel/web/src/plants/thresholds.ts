import type { Band, Plant } from "../api/home";
import { fieldOf, type Side, type Typed } from "../components/limits";
import { numberOf, textOf } from "../components/NumberField";
import { inOrder, mainMetrics } from "../format/kind";

const units: Record<string, string> = { soil_moisture: "%", temperature: "°C", light_level: "lx", humidity: "%" };

/** Every metric a plant can have thresholds for: the usual ones, and whatever it has or its devices measure. */
export function thresholdMetrics(plant: Plant): string[] {
  const known = [plant.latest, plant.thresholds, plant.suggested_thresholds].flatMap(Object.keys);
  return inOrder([...new Set([...mainMetrics.plant, ...known])], "plant");
}

export function unitOf(plant: Plant, metric: string): string | null {
  return plant.latest[metric]?.unit ?? units[metric] ?? null;
}

export function thresholdOf(typed: Typed, plant: Plant, metric: string, side: Side): string {
  return typed[fieldOf(metric, side)] ?? textOf(plant.thresholds[metric]?.[side]);
}

/** As if what is known of the species had been typed. */
export function suggested(typed: Typed, plant: Plant): Typed {
  const filled = { ...typed };
  for (const [metric, { min, max }] of Object.entries(plant.suggested_thresholds)) {
    filled[fieldOf(metric, "min")] = textOf(min);
    filled[fieldOf(metric, "max")] = textOf(max);
  }
  return filled;
}

/** All thresholds as they are to be; a metric without a limit is left out. */
export function bandsOf(typed: Typed, plant: Plant): Record<string, Band> {
  const bands: Record<string, Band> = {};
  for (const metric of thresholdMetrics(plant)) {
    const min = numberOf(thresholdOf(typed, plant, metric, "min"));
    const max = numberOf(thresholdOf(typed, plant, metric, "max"));
    if (min !== null || max !== null) bands[metric] = { min, max };
  }
  return bands;
}

/** The first metric whose least is above its most. */
export function contradiction(bands: Record<string, Band>): string | undefined {
  return Object.keys(bands).find((metric) => {
    const { min, max } = bands[metric]!;
    return typeof min === "number" && typeof max === "number" && min > max;
  });
}
