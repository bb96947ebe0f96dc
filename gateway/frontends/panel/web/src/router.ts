import { useSyncExternalStore } from "react";

const plain = ["add", "places", "plants", "rules", "chat", "alerts", "outward", "events", "system"] as const;

export type Route =
  | { page: "devices" | (typeof plain)[number] }
  | { page: "device"; id: string }
  | { page: "plant"; id: string }
  | { page: "trace"; id: string }
  /** Empty: one that is to be made. */
  | { page: "rule"; id: string }
  /** Of one window; empty: of the whole house. */
  | { page: "decisions"; device: string }
  /** At one place, which is an asset or a device that measures none; both empty: everywhere. */
  | { page: "anomalies"; asset: string; device: string };

export const devicesPath = "#/";
export const addPath = "#/add";
export const placesPath = "#/places";
export const plantsPath = "#/plants";
export const decisionsPath = "#/decisions";
export const rulesPath = "#/rules";
export const newRulePath = "#/new-rule";
export const anomaliesPath = "#/anomalies";
export const chatPath = "#/chat";
export const alertsPath = "#/alerts";
export const outwardPath = "#/outward";
export const eventsPath = "#/events";
export const systemPath = "#/system";

export function devicePath(id: string): string {
  return `#/devices/${encodeURIComponent(id)}`;
}

export function plantPath(id: string): string {
  return `#/plants/${encodeURIComponent(id)}`;
}

export function rulePath(id: string): string {
  return `${rulesPath}/${encodeURIComponent(id)}`;
}

/** What was decided about one window. */
export function decisionsOfPath(device: string): string {
  return device ? `${decisionsPath}/${encodeURIComponent(device)}` : decisionsPath;
}

/** What was not as usual at one asset, or of a device that measures none. */
export function anomaliesAtPath(what: "asset" | "device", id: string): string {
  return `${anomaliesPath}/${what}/${encodeURIComponent(id)}`;
}

export function tracePath(correlation: string): string {
  return `#/trace/${encodeURIComponent(correlation)}`;
}

/** The page an address's hash names; everything unknown is the list. */
export function routeOf(hash: string): Route {
  const [first, second, third] = hash.replace(/^#\/?/, "").split("/");
  if (first === "devices" && second) return { page: "device", id: decodeURIComponent(second) };
  if (first === "plants" && second) return { page: "plant", id: decodeURIComponent(second) };
  if (first === "rules" && second) return { page: "rule", id: decodeURIComponent(second) };
  if (first === "new-rule") return { page: "rule", id: "" };
  if (first === "trace" && second) return { page: "trace", id: decodeURIComponent(second) };
  if (first === "decisions") return { page: "decisions", device: decodeURIComponent(second ?? "") };
  if (first === "anomalies") {
    const id = decodeURIComponent(third ?? "");
    return { page: "anomalies", asset: second === "asset" ? id : "", device: second === "device" ? id : "" };
  }
  return { page: plain.find((page) => page === first) ?? "devices" };
}

function subscribe(listener: () => void): () => void {
  window.addEventListener("hashchange", listener);
  return () => window.removeEventListener("hashchange", listener);
}

export function useHash(): string {
  return useSyncExternalStore(subscribe, () => window.location.hash);
}
