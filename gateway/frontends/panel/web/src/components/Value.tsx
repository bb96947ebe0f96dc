import type { Shown } from "../api/types";
import { formatNumber } from "../format/numbers";

interface Props {
  latest: Shown;
  stale: boolean;
  size: "big" | "small";
}

/** So many characters are big and still fit beside a chart. */
const ROOM = 6;

/** One current value with its unit; one that is no longer the present is pale. */
export function Value({ latest, stale, size }: Props) {
  const number = formatNumber(latest.value, latest.unit);
  const old = latest.quality.includes("stale");
  const isBig = size === "big";
  const big = `font-semibold tracking-tight ${number.length > ROOM ? "text-2xl" : "text-4xl"}`;
  return (
    <span className={`whitespace-nowrap ${stale || old ? "text-soft" : ""}`}>
      <span className={isBig ? big : "text-base font-medium"}>{number}</span>
      {latest.unit && <span className={`ml-1 text-soft ${isBig ? "text-lg" : "text-xs"}`}>{latest.unit}</span>}
    </span>
  );
}
