import type { Commissioning } from "../api/anomalies";
import { Fact } from "../components/Fact";
import { metricName } from "../format/metric";
import { formatInstant } from "../format/time";
import { useDevices } from "../live/hooks";
import { t } from "../texts";
import { channelParts } from "./words";

const HOUR_MS = 3_600_000;

/** A baseline that counts: whose word it is and what it is made of; on demand every channel. */
export function Frozen({ baseline }: { baseline: Commissioning }) {
  const { who, asked_ms: asked, from_ms: from, to_ms: to, channels, rows, digest } = baseline;
  const span = t.insight.span(Math.round((to - from) / HOUR_MS));
  return (
    <div className="text-sm">
      <p className="break-words">{t.insight.commissioned(who, formatInstant(asked))}</p>
      <p className="text-soft">{t.insight.madeOf(span, t.insight.channels(channels.length))}</p>
      <details>
        <summary className="w-fit cursor-pointer py-1.5 text-xs text-soft">{t.insight.detail}</summary>
        <div className="mt-1 flex flex-col gap-3 border-l-2 border-line pl-3 sm:pl-4">
          <Channels baseline={baseline} />
          <dl className="grid grid-cols-1 gap-x-5 gap-y-2.5">
            <Fact name={t.insight.when}>
              {formatInstant(from)} – {formatInstant(to)}
            </Fact>
            <Fact name={t.insight.minutes}>{rows}</Fact>
            <Fact name={t.insight.digest}>
              <code className="font-mono text-xs break-all">{digest}</code>
            </Fact>
          </dl>
        </div>
      </details>
    </div>
  );
}

function Channels({ baseline: { channels, unjudged, lost } }: { baseline: Commissioning }) {
  const devices = useDevices();
  return (
    <ul className="flex flex-col gap-0.5">
      {channels.map((channel) => {
        const { device, metric } = channelParts(channel);
        return (
          <li key={channel} className="break-words">
            {metricName(metric)} <span className="text-soft">({devices.find(({ id }) => id === device)?.name ?? device})</span>
            {lost.includes(channel) ? (
              <span className="text-warn">: {t.insight.lost}</span>
            ) : (
              unjudged.includes(channel) && <span className="text-warn">: {t.insight.unjudged}</span>
            )}
          </li>
        );
      })}
    </ul>
  );
}
