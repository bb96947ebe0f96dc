import type { Break } from "../api/home";
import { formatClock, formatDay } from "../format/time";
import { useDevices } from "../live/hooks";
import { t } from "../texts";

/** What the vertical marks of a chart stand for, in words. */
export function BreakList({ breaks }: { breaks: readonly Break[] }) {
  const devices = useDevices();
  if (breaks.length === 0) return null;
  const nameOf = (id: string) => devices.find((device) => device.id === id)?.name ?? id;
  return (
    <ul className="mt-1 text-xs leading-5 text-soft" aria-label={t.chart.breaks}>
      {breaks.map((found, index) => (
        <li key={index} className="break-words">
          <span aria-hidden="true" className="mr-1 font-semibold text-warn">
            ┊
          </span>
          <time dateTime={new Date(found.time_ms).toISOString()}>
            {formatDay(found.time_ms)}, {formatClock(found.time_ms)}
          </time>
          : {found.reason.replace(found.device, nameOf(found.device))}
        </li>
      ))}
    </ul>
  );
}
