import { useSyncExternalStore } from "react";
import type { Device } from "../api/types";
import { refill } from "./refill";
import { LiveSocket } from "./socket";
import { LiveStore, type Link } from "./store";

/** One page, one gateway, one live connection. */
export const live = new LiveStore();
export const liveSocket = new LiveSocket(live);
refill(live);

export function useDevices(): readonly Device[] {
  return useSyncExternalStore(live.subscribe, live.getDevices);
}

export function useDevice(id: string): Device | undefined {
  return useSyncExternalStore(live.subscribe, () => live.getDevice(id));
}

/** What people call an asset, as far as a device there says it; else its id. */
export function useAssetName(asset: string): string {
  const named = () => asset && live.getDevices().find((device) => device.asset === asset)?.asset_name;
  return useSyncExternalStore(live.subscribe, () => named() || asset);
}

export function useLink(): Link {
  return useSyncExternalStore(live.subscribe, live.getLink);
}

/** Whether the first snapshot has arrived. */
export function useLoaded(): boolean {
  return useSyncExternalStore(live.subscribe, live.isLoaded);
}

/** Changes when a snapshot replaced what was known, so that histories are read again. */
export function useEpoch(): number {
  return useSyncExternalStore(live.subscribe, live.getEpoch);
}
