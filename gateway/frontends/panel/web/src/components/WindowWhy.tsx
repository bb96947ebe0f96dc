import type { Device } from "../api/types";
import { useNow } from "../clock";
import { formatClock } from "../format/time";
import { t } from "../texts";

/** Why a window is as it is, in two lines whatever happens: new words move nothing. */
export function WindowWhy({ brief: { why, held_until_ms: until } }: { brief: NonNullable<Device["window"]> }) {
  const now = useNow(5000);
  return (
    <p className="mx-4 mb-3 line-clamp-2 h-10 text-sm leading-5 text-soft" title={why}>
      {until !== null && until > now && (
        <span className="font-medium text-warn">{t.window.heldUntil(formatClock(until))} </span>
      )}
      {why || t.window.nothing}
    </p>
  );
}
