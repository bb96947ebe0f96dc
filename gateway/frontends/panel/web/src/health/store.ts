import { useSyncExternalStore } from "react";
import { api } from "../api/generated";
import type { Health } from "../api/types";
import { live } from "../live/hooks";

const POLL_MS = 20_000;
/** Events after which a part of the gateway is better or worse than it was. */
const TELLING = /^(store|clock|disk|card|gateway|model)\./;

let health: Health | null = null;
let timer: number | undefined;
let unsubscribe: (() => void)[] = [];
/** Of the live connection when this was last asked: a newer snapshot means that events may have been missed. */
let epoch = 0;
const listeners = new Set<() => void>();

async function ask(): Promise<void> {
  try {
    health = await api.getHealth();
  } catch {
    return; // that the gateway does not answer is told by the live connection
  }
  listeners.forEach((listener) => listener());
}

function askIfSeen(): void {
  if (document.visibilityState === "visible") void ask();
}

function askAfterSnapshot(): void {
  if (live.getEpoch() === epoch) return;
  epoch = live.getEpoch();
  void ask();
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  if (listeners.size === 1) {
    void ask();
    timer = window.setInterval(askIfSeen, POLL_MS);
    document.addEventListener("visibilitychange", askIfSeen);
    unsubscribe = [
      live.onEvent((event) => TELLING.test(event.kind) && void ask()),
      live.subscribe(askAfterSnapshot),
    ];
  }
  return () => {
    listeners.delete(listener);
    if (listeners.size > 0) return;
    window.clearInterval(timer);
    document.removeEventListener("visibilitychange", askIfSeen);
    unsubscribe.forEach((end) => end());
  };
}

/** How the gateway's parts are; null: not known yet. */
export function useHealth(): Health | null {
  return useSyncExternalStore(subscribe, () => health);
}
