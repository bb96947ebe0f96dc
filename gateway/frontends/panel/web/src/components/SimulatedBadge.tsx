import { t } from "../texts";

/** Stands on everything that comes from a simulated node. */
export function SimulatedBadge() {
  return (
    <span
      className="inline-block rounded bg-sim-wash px-1.5 py-0.5 text-[0.6875rem] leading-4 font-semibold tracking-wide text-sim"
      title={t.simulatedHint}
    >
      {t.simulated}
    </span>
  );
}
