import type { Device } from "../api/types";
import { useNow } from "../clock";
import { formatAge, formatInstant, parseTime } from "../format/time";
import { t } from "../texts";
import { useSilent, useStale } from "./useStale";

/** How long ago a device was heard, ticking; silence shows in words and colour. */
export function Age({ device }: { device: Device }) {
  const now = useNow();
  const stale = useStale(device);
  const silent = useSilent(device);
  const seen = parseTime(device.last_seen_at);
  if (seen === null) return <span className="text-soft">{t.age.never}</span>;
  const age = formatAge(now - seen);
  return (
    <time
      className={stale ? "font-medium text-warn" : "text-soft"}
      dateTime={device.last_seen_at ?? undefined}
      title={formatInstant(seen)}
    >
      {silent ? t.age.silent(age) : t.age.seen(age)}
    </time>
  );
}
