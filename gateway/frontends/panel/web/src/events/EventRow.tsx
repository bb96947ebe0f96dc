import type { GatewayEvent } from "../api/types";
import { SimulatedMark } from "../components/SimulatedMark";
import { metricName } from "../format/metric";
import { formatClock, formatDay } from "../format/time";
import { useAssetName, useDevice } from "../live/hooks";
import { devicePath, tracePath } from "../router";
import { t } from "../texts";

const bad = /^(device\.offline|device\.error|store\.(full|failed|damaged)|plant\.breach|command\.(failed|expired)|window\.(blind|failed)|model\.(refused|rolled_back|failed)|recording\.stuck|baseline\.failed)/;
const warn = /^(device\.flapping|message\.|series\.flagged|clock\.unknown|disk\.low|card\.|ghost\.|command\.late|shadow\.differs|window\.fallback|sound\.|anomaly\.(opened|unwatched)|baseline\.(lost|unknown_state)|health\.)/;
const neither = /^(device\.(clock|firmware|swapped|assigned|unassigned|learnt)|shadow\.changed|window\.(overridden|resumed|forgot)|model\.|recording\.|clock\.|gateway\.stopped|anomaly\.turned|baseline\.(started|cancelled))/;

/** One event: when, what, of whom, and why. */
export function EventRow({ event, ofHouse }: { event: GatewayEvent; ofHouse: boolean }) {
  const device = useDevice(event.device);
  const asset = useAssetName(event.asset);
  const look = lookOf(event.kind);
  const time = new Date(event.time_ms);
  return (
    <li className="flex flex-wrap items-baseline gap-x-3 gap-y-0.5 px-4 py-2.5 text-sm sm:flex-nowrap sm:px-5">
      <time dateTime={time.toISOString()} title={time.toLocaleString()} className="w-28 shrink-0 text-xs text-soft">
        {formatDay(event.time_ms)}, {formatClock(event.time_ms, true)}
      </time>
      <span className={`shrink-0 font-medium sm:w-28 ${look}`}>{kindWord(event.kind)}</span>
      {ofHouse && (
        <span className="flex min-w-0 shrink-0 items-baseline gap-1 sm:w-48">
          {device ? (
            <a className="truncate font-medium text-accent hover:underline" href={devicePath(event.device)}>
              {device.name}
            </a>
          ) : (
            <span className="truncate">{event.device || asset || t.events.gateway}</span>
          )}
          {event.simulated && <SimulatedMark />}
        </span>
      )}
      <span className="w-full min-w-0 break-words sm:w-auto">
        {event.metric && !saysMetric(event) && <span className="text-soft">{metricName(event.metric)}: </span>}
        {event.reason}
        {event.correlation && (
          <a className="ml-2 text-xs text-accent hover:underline" href={tracePath(event.correlation)} title={t.events.traceHint}>
            {t.events.trace}
          </a>
        )}
        {!ofHouse && event.simulated && (
          <>
            {" "}
            <SimulatedMark />
          </>
        )}
      </span>
    </li>
  );
}

function lookOf(kind: string): string {
  if (bad.test(kind)) return "text-bad";
  if (warn.test(kind)) return "text-warn";
  return neither.test(kind) ? "" : "text-good";
}

/** Most reasons begin with what they are about. */
function saysMetric({ reason, metric }: GatewayEvent): boolean {
  return reason.includes(metric) || reason.includes(metric.replaceAll("_", " "));
}

/** The most exact word the catalogue has: of `device.error.firmware` that of `device.error`. */
export function kindWord(kind: string): string {
  for (let name = kind; name; name = name.slice(0, Math.max(0, name.lastIndexOf(".")))) {
    const known = t.events.kind[name];
    if (known) return known;
  }
  return kind.replaceAll(/[._]/g, " ");
}
