import { useSyncExternalStore } from "react";

/** Phones are minutes off more often than one thinks, and a wrong clock would make fresh values look old. */
let offsetMs = 0;
const TRUSTED_MS = 2_000;

/** Learns the gateway's clock from a response's Date header (whole seconds). */
export function observeServerTime(date: string | null): void {
  const server = date === null ? NaN : Date.parse(date);
  if (Number.isNaN(server)) return;
  const seen = server + 500 - Date.now();
  offsetMs = Math.abs(seen) > TRUSTED_MS ? seen : 0;
}

/** UTC ms by the gateway's clock. */
export function serverNow(): number {
  return Date.now() + offsetMs;
}

const listeners = new Set<() => void>();
let timer: number | undefined;
let second = 0;

function tick(): void {
  second = Math.floor(serverNow() / 1000);
  listeners.forEach((listener) => listener());
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  timer ??= window.setInterval(tick, 1000);
  return () => {
    listeners.delete(listener);
    if (listeners.size > 0) return;
    window.clearInterval(timer);
    timer = undefined;
  };
}

function current(): number {
  if (timer === undefined) second = Math.floor(serverNow() / 1000);
  return second;
}

/** The gateway's UTC ms, rounded down to `stepMs` (whole seconds); renders again when it changes. */
export function useNow(stepMs = 1000): number {
  return useSyncExternalStore(subscribe, () => Math.floor((current() * 1000) / stepMs) * stepMs);
}
