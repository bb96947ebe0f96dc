import type { Shown } from "../api/types";
import { useNow } from "../clock";
import { formatAge } from "../format/time";

/** How old a value is of which newer ones should be here; nothing when it is the present. */
export function StaleAge({ latest }: { latest: Shown }) {
  const now = useNow(5000);
  if (!latest.quality.includes("stale")) return null;
  return <span className="text-xs whitespace-nowrap text-warn">{formatAge(now - latest.time_ms)}</span>;
}
