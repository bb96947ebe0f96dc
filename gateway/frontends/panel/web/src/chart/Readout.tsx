import type { Latest } from "../api/types";
import { formatNumber } from "../format/numbers";
import { StaleAge } from "../quality/StaleAge";
import type { Point } from "./points";

interface Props {
  latest: Latest | undefined;
  unit: string | null;
  hovered: Point | null;
  stale: boolean;
}

/** The value under the cursor, otherwise the current one. */
export function Readout({ latest, unit, hovered, stale }: Props) {
  const old = !hovered && latest?.quality.includes("stale");
  const value = hovered?.value ?? latest?.value;
  if (value === undefined) return null;
  return (
    <p className={`whitespace-nowrap ${(stale && !hovered) || old ? "text-soft" : ""}`}>
      {latest && !hovered && <StaleAge latest={latest} />}{" "}
      <span className="text-2xl font-semibold tracking-tight">{formatNumber(value, unit)}</span>
      {unit && <span className="ml-1 text-sm text-soft">{unit}</span>}
    </p>
  );
}
