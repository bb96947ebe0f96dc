import { getHistory } from "../api/client";
import { getPlantHistory, type Break } from "../api/home";
import type { Bucket, RawReading } from "../api/types";

export interface Recorded {
  readings: readonly (RawReading | Bucket)[];
  breaks: readonly Break[];
  unit: string | null;
}

/** Where a chart's readings come from: one device, or whatever measured a place. */
export interface Source {
  /** Tells one from another. */
  key: string;
  /** Readings in [from, to), condensed to steps unless null; all in ms. */
  load: (metric: string, from: number, to: number, step: number | null, signal: AbortSignal) => Promise<Recorded>;
  /** Whether a reading that arrives from a device belongs to it. */
  hears: (device: string) => boolean;
}

export function deviceSource(device: string): Source {
  return {
    key: `device ${device}`,
    load: async (...asked) => {
      const { readings, breaks, unit } = await getHistory(device, ...asked);
      return { readings, breaks: breaks ?? [], unit };
    },
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
