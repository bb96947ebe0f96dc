import { useEpisodes, type Episodes } from "./useEpisodes";

const MOST = 200;

/** What was not as usual of a device, and at the asset that it measures. */
export function useEpisodesOf(device: string, asset: string | null): Episodes {
  return useEpisodes(
    [{ device, limit: MOST }, ...(asset === null ? [] : [{ asset, limit: MOST }])],
    (episode) => episode.device === device || (asset !== null && episode.asset === asset),
  );
}
