import type { Episode, Signal } from "../api/anomalies";
import { Fact } from "../components/Fact";
import { metricName } from "../format/metric";
import { formatNumber } from "../format/numbers";
import { formatInstant } from "../format/time";
import { useDevice } from "../live/hooks";
import { tracePath } from "../router";
import { t } from "../texts";

/** Everything that belongs to an episode, and how sure it is. */
export function EpisodeDetail({ episode }: { episode: Episode }) {
  const { signals, score, need, model, correlation, id, seen_ms: seen } = episode;
  return (
    <div className="mt-1 mb-1 flex flex-col gap-3 border-l-2 border-line pl-3 sm:pl-4">
      <ul className="flex flex-col gap-1 empty:hidden">
        {signals.map((signal) => (
          <SignalRow key={`${signal.device} ${signal.metric}`} signal={signal} />
        ))}
      </ul>
      <dl className="grid grid-cols-1 gap-x-5 gap-y-2.5 min-[26rem]:grid-cols-2 sm:grid-cols-4">
        <Fact name={t.anomalies.lastSeen}>{formatInstant(seen)}</Fact>
        <Fact name={t.anomalies.score}>
          {t.anomalies.scoreOf(formatNumber(score, null, 2), formatNumber(need, null, 2))}
        </Fact>
        <Fact name={t.anomalies.model}>{model || t.anomalies.formula}</Fact>
        <Fact name={t.anomalies.id}>
          <code className="font-mono text-xs break-all">{id}</code>
          {correlation && (
            <a className="ml-3 text-accent hover:underline" href={tracePath(correlation)}>
              {t.anomalies.trace}
            </a>
          )}
        </Fact>
      </dl>
    </div>
  );
}

function SignalRow({ signal }: { signal: Signal }) {
  const device = useDevice(signal.device);
  const whose = signal.device ? `${device?.name ?? signal.device}, ${metricName(signal.metric)}` : t.anomalies.whole;
  return (
    <li className="break-words">
      <span className="text-soft">{whose}:</span> {signal.text}
    </li>
  );
}
