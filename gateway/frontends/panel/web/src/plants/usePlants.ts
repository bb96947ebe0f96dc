import { useRef } from "react";
import { getPlant, getPlants, type Plant } from "../api/home";
import type { LiveMessage } from "../api/types";
import { useAnswer, type Answer } from "../live/useAnswer";

const LIST_REST_MS = 5_000;
const REST_MS = 1_000;

/** Every plant as it is now. */
export function usePlants(): Answer<Plant[]> {
  return useAnswer("plants", {
    ask: getPlants,
    ageing: ({ type }) => type === "reading" || isTelling(type),
    restMs: LIST_REST_MS,
  });
}

/** One plant as it is now: asked again when one of its devices has measured something. */
export function usePlant(id: string): Answer<Plant> {
  const devices = useRef<readonly string[]>([]);
  const answer = useAnswer(`plant ${id}`, {
    ask: (signal) => getPlant(id, signal),
    ageing: (message) =>
      isTelling(message.type) ||
      (message.type === "reading" && devices.current.includes(message.device)),
    restMs: REST_MS,
  });
  devices.current = answer.value?.devices ?? [];
  return answer;
}

/** Breaches, assignments, and devices that come and go. */
function isTelling(type: LiveMessage["type"]): boolean {
  return type === "plant" || type === "place" || type === "device";
}
