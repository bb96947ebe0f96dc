import { getSpecies } from "../api/home";
import { useAnswer } from "../live/useAnswer";

/** Names of species that are known, to be offered while typing. */
export function useSpecies(): string[] {
  const { value } = useAnswer("species", { ask: getSpecies });
  return (value ?? []).map(({ name }) => name);
}
