import { useEffect, useSyncExternalStore } from "react";
import { api } from "../api/generated";
import type { Pairing } from "../api/types";
import { serverNow, useNow } from "../clock";

let pairing: Pairing | null = null;
const listeners = new Set<() => void>();

function put(next: Pairing): void {
  pairing = next;
  listeners.forEach((listener) => listener());
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

/** Lets unknown devices ask to join for so many minutes. */
export async function openPairing(minutes: number): Promise<void> {
  put(await api.postPairing({ minutes }));
}

export async function closePairing(): Promise<void> {
  put(await api.deletePairing());
}

/** Milliseconds until pairing closes, ticking; 0 when it is closed, null while unknown. */
export function usePairingLeft(): number | null {
  useNow();
  const known = useSyncExternalStore(subscribe, () => pairing);
  useEffect(() => {
    // Someone else may have opened it; not knowing is not worth an error.
    api.getPairing().then(put, () => undefined);
  }, []);
  if (known === null) return null;
  return known.until_ms === null ? 0 : Math.max(0, known.until_ms - serverNow());
}
