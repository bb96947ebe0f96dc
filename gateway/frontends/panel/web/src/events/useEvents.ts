import { useEffect, useState } from "react";
import { getEvents } from "../api/devices";
import type { GatewayEvent } from "../api/types";
import { live, useEpoch } from "../live/hooks";

export interface Events {
  /** Newest first. */
  events: readonly GatewayEvent[];
  state: "loading" | "loaded" | "failed";
}

/** The last `limit` events, of one device or of the whole house, and every one since as it happens. */
export function useEvents(device: string | null, limit: number): Events {
  const [shown, setShown] = useState<Events>({ events: [], state: "loading" });
  const epoch = useEpoch();

  useEffect(() => {
    const abort = new AbortController();
    let early: GatewayEvent[] = [];
    const stop = live.onEvent((event) => {
      if (device !== null && event.device !== device) return;
      early = [event, ...early];
      setShown((before) => ({ ...before, events: merged([event], before.events).slice(0, limit) }));
    });
    getEvents(device, limit, abort.signal)
      .then((events) => setShown({ events: merged(early, events).slice(0, limit), state: "loaded" }))
      .catch(() => abort.signal.aborted || setShown((before) => ({ ...before, state: "failed" })));
    return () => {
      stop();
      abort.abort();
    };
  }, [device, limit, epoch]);

  return shown;
}

/** What arrived while the list was read may be in it already. */
function merged(newer: readonly GatewayEvent[], older: readonly GatewayEvent[]): GatewayEvent[] {
  const known = new Set(older.map(keyOf));
  return [...newer.filter((event) => !known.has(keyOf(event))), ...older];
}

export function keyOf({ time_ms, kind, device, metric, reason }: GatewayEvent): string {
  return [time_ms, kind, device, metric, reason].join("\n");
}
