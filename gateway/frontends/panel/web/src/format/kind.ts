import type { Device } from "../api/types";

export const kinds = ["window", "plant", "heater", "pump", "fan", "weather", "climate", "node"] as const;
export type Kind = (typeof kinds)[number];

/** Which metrics a kind shows first; the others follow by name. */
export const mainMetrics: Record<Kind, readonly string[]> = {
  window: ["temperature", "position", "co2", "humidity"],
  plant: ["soil_moisture", "temperature", "light_level", "humidity"],
  heater: ["temperature", "power", "energy"],
  pump: ["flow", "pressure", "vibration", "current"],
  fan: ["speed", "power", "vibration"],
  weather: ["temperature", "rain", "wind", "humidity"],
  climate: ["temperature", "humidity", "co2", "sound_level"],
  node: [],
};

/** What a device is, as it declared, otherwise from what it measures. */
export function kindOf(device: Device): Kind {
  const measures = (metric: string) => metric in device.latest;
  if (measures("rain") || measures("wind")) return "weather";
  const declared = declaredKind(device.capabilities);
  if (declared) return declared;
  if (measures("position")) return "window";
  if (measures("soil_moisture")) return "plant";
  if (measures("power") && measures("temperature")) return "heater";
  if (measures("flow") || measures("vibration")) return "pump";
  return measures("temperature") || measures("co2") ? "climate" : "node";
}

function declaredKind(capabilities: unknown): Kind | undefined {
  if (typeof capabilities !== "object" || capabilities === null || !("kind" in capabilities)) return undefined;
  const { kind } = capabilities;
  return kind === "outdoor" ? "weather" : kinds.find((known) => known === kind);
}

/** The device's metrics, the important ones first. */
export function metricsOf(device: Device): string[] {
  return inOrder(Object.keys(device.latest), kindOf(device));
}

/** Metrics as they matter to a kind, the others by name after them. */
export function inOrder(metrics: readonly string[], kind: Kind): string[] {
  const first = mainMetrics[kind];
  const rank = (metric: string) => (first.includes(metric) ? first.indexOf(metric) : first.length);
  return [...metrics].sort((a, b) => rank(a) - rank(b) || a.localeCompare(b));
}
