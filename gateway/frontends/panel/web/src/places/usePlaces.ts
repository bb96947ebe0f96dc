import { getAssets, getZones, type Asset, type Zone } from "../api/home";
import type { LiveMessage } from "../api/types";
import { useAnswer, type Answer } from "../live/useAnswer";

/** Values of places are worked out by the gateway; a busy house must not ask for them all the time. */
const REST_MS = 5_000;

export function useZones(): Answer<Zone[]> {
  return useAnswer("zones", { ask: getZones, ageing: isMoving, restMs: REST_MS });
}

/** Every asset with its newest values. */
export function useAssetValues(): Answer<Asset[]> {
  return useAnswer("asset values", { ask: getAssets, ageing: isMoving, restMs: REST_MS });
}

/** Every asset by name; its values may be old. */
export function useAssets(): Answer<Asset[]> {
  return useAnswer("assets", { ask: getAssets, ageing: ({ type }) => type === "place" });
}

function isMoving({ type }: LiveMessage): boolean {
  return type === "place" || type === "reading" || type === "device";
}
