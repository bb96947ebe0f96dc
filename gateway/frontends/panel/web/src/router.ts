import { useSyncExternalStore } from "react";

export type Route = { page: "devices" } | { page: "device"; id: string } | { page: "add" } | { page: "events" } | { page: "system" } | { page: "trace"; id: string };

export const devicesPath = "#/";
export const addPath = "#/add";
export const eventsPath = "#/events";
export const systemPath = "#/system";

export function devicePath(id: string): string {
  return `#/devices/${encodeURIComponent(id)}`;
}

export function tracePath(correlation: string): string {
  return `#/trace/${encodeURIComponent(correlation)}`;
}

/** The page an address's hash names; everything unknown is the list. */
export function routeOf(hash: string): Route {
  const [first, second] = hash.replace(/^#\/?/, "").split("/");
  if (first === "devices" && second) return { page: "device", id: decodeURIComponent(second) };
  if (first === "trace" && second) return { page: "trace", id: decodeURIComponent(second) };
  return first === "add" || first === "events" || first === "system" ? { page: first } : { page: "devices" };
}

function subscribe(listener: () => void): () => void {
  window.addEventListener("hashchange", listener);
  return () => window.removeEventListener("hashchange", listener);
}

export function useHash(): string {
  return useSyncExternalStore(subscribe, () => window.location.hash);
}
