import { getSpecies } from "../api/home";
import { useAnswer } from "../live/useAnswer";

/** Names of species that are known, to be offered while typing. */
export function useSpecies(): string[] {
  return useAnswer("species", { ask: getSpecies }).value ?? [];
}
