import { getHistory } from "../api/devices";
import { getPlantHistory } from "../api/home";
import type { History } from "../api/types";

/** Where a chart's readings come from: one device, or whatever measured a place. */
export interface Source {
  /** Tells one from another. */
  key: string;
  /** Readings in [from, to), condensed to steps unless null; all in ms. */
  load: (metric: string, from: number, to: number, step: number | null, signal: AbortSignal) => Promise<History>;
  /** Whether a reading that arrives from a device belongs to it. */
  hears: (device: string) => boolean;
}

export function deviceSource(device: string): Source {
  return {
    key: `device ${device}`,
    load: (...asked) => getHistory(device, ...asked),
    hears: (other) => other === device,
  };
}

/** `devices`: those that are assigned to the plant now. */
export function plantSource(plant: string, devices: readonly string[]): Source {
  return {
    key: `plant ${plant} ${[...devices].sort().join(" ")}`,
    load: (...asked) => getPlantHistory(plant, ...asked),
    hears: (device) => devices.includes(device),
  };
}
