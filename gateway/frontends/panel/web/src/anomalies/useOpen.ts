import { useEpisodes } from "./useEpisodes";
import { MOST_EPISODES } from "../api/anomalies";

/** How many episodes go on, as far as is known. */
export function useOpen(): number {
  const { episodes } = useEpisodes([{ state: "open", limit: MOST_EPISODES }], () => true);
  return episodes.filter(({ closed_ms }) => closed_ms === null).length;
}
