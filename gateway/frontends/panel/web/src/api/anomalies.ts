/** What was not as usual, and how machines are, in the page's words. */

import { api, type BaselineShown, type EpisodeList, type EpisodeShown, type MachineHealthShown } from "./generated";

export type {
  BaselineShown as Baseline,
  CommissioningShown as Commissioning,
  ComponentShown as Component,
  EpisodeShown as Episode,
  MachineHealthShown as Machine,
  Nature,
  SignalShown as Signal,
} from "./generated";

/** The most that is given at once. */
export const MOST_EPISODES = 500;

/** Which episodes; of each of these at most one of `asset` and `device`. */
export interface EpisodeQuery {
  asset?: string;
  device?: string;
  state?: "open" | "closed";
  limit?: number;
}

export function getEpisodes(query: EpisodeQuery, signal?: AbortSignal): Promise<EpisodeList> {
  return api.getAnomalies(query, signal);
}

/** What is called normal closes. */
export function judgeEpisode(episode: string, verdict: "normal" | "right"): Promise<EpisodeShown> {
  return api.postAnomaliesEpisodeFeedback(episode, { verdict });
}

export function takeBack(episode: string): Promise<EpisodeShown> {
  return api.deleteAnomaliesEpisodeFeedback(episode);
}

export function getBaseline(asset: string, signal?: AbortSignal): Promise<BaselineShown> {
  return api.getAssetsAssetBaseline(asset, signal);
}

/** `since`, UTC ms: what has been measured from then on; null: from now on. */
export async function commission(asset: string, hours: number, since: number | null): Promise<void> {
  await api.postAssetsAssetBaseline(asset, since === null ? { hours } : { hours, since: String(since) });
}

export async function cancelCommissioning(asset: string): Promise<void> {
  await api.deleteAssetsAssetBaseline(asset);
}

/** Every machine; `asset`: one of them. */
export async function getMachines(asset: string | null, signal?: AbortSignal): Promise<MachineHealthShown[]> {
  return (await api.getInsightHealth(asset === null ? {} : { asset }, signal)).assets;
}
