import { getBaseline, getMachines, type Baseline, type Machine } from "../api/anomalies";
import { useAnswer, type Answer } from "../live/useAnswer";

/** How every machine is, or one of them. Which days were fine is known once a day; a baseline makes it another question. */
export function useMachines(asset: string | null): Answer<Machine[]> {
  return useAnswer(`machines ${asset ?? ""}`, {
    ask: (signal) => getMachines(asset, signal),
    ageing: (message) =>
      message.type === "place" ||
      ((message.type === "health" || message.type === "baseline") && (asset === null || message.asset === asset)),
  });
}

/** What a machine is compared with, and what is being made of it. */
export function useBaseline(asset: string): Answer<Baseline> {
  return useAnswer(`baseline ${asset}`, {
    ask: (signal) => getBaseline(asset, signal),
    ageing: (message) => message.type === "place" || (message.type === "baseline" && message.asset === asset),
  });
}
