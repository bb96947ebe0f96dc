import { getWindow, type WindowState } from "../api/window";
import type { LiveMessage } from "../api/types";
import { serverNow } from "../clock";
import { useAnswer, type Answer } from "../live/useAnswer";

/** What is around a window changes all the time; what is decided is told at once by the answer that follows. */
const REST_MS = 2_000;

export interface WindowNow extends WindowState {
  /** UTC ms of the answer: ages go on from here. */
  at_ms: number;
}

/** How a window is, what was decided about it last, and what holds it. */
export function useWindow(device: string): Answer<WindowNow> {
  return useAnswer(`window ${device}`, {
    ask: async (signal) => ({ ...(await getWindow(device, signal)), at_ms: serverNow() }),
    ageing: (message) => concerns(message, device),
    restMs: REST_MS,
  });
}

/** A room's values come from several devices, and those outside count for every window. */
function concerns(message: LiveMessage, device: string): boolean {
  if (message.type === "decision") return message.decision.device === device;
  if (message.type === "override") return message.override.device === device;
  return message.type === "reading" || message.type === "model" || message.type === "place";
}
