import { t } from "../texts";

/** The badge's short form, beside a single value. */
export function SimulatedMark() {
  return (
    <abbr
      className="shrink-0 text-[0.625rem] font-semibold tracking-wide text-sim no-underline"
      title={t.simulatedHint}
      aria-label={t.simulated}
    >
      {t.simulatedShort}
    </abbr>
  );
}
