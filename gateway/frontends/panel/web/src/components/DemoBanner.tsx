import { t } from "../texts";

/** Stands on top of every page of a demonstration. */
export function DemoBanner() {
  return <p className="bg-sim-wash px-4 py-2 text-center text-sm font-medium text-sim">{t.demo}</p>;
}
