import { api } from "../api/generated";
import type { ReadingMessage } from "../api/types";
import type { LiveStore } from "./store";

/** Readings carry no units: asks for the whole device when one brings a metric not seen before. */
export function refill(store: LiveStore): void {
  const asked = new Set<string>();

  store.onReading((reading: ReadingMessage) => {
    const known = store.getDevice(reading.device)?.latest ?? {};
    const isNew = Object.keys(reading.values).some((metric) => !(metric in known));
    if (!isNew || asked.has(reading.device)) return;
    asked.add(reading.device);
    api
      .getDevicesId(reading.device)
      .then((device) => store.put(device))
      // Without it the values show without a unit, until the next snapshot.
      .catch(() => undefined)
      .finally(() => asked.delete(reading.device));
  });
}
