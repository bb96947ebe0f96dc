import { useState } from "react";
import type { Episode } from "../api/anomalies";
import { useNow } from "../clock";
import { formatClock, formatDay } from "../format/time";
import { t } from "../texts";
import { Feedback } from "./Feedback";
import { NatureMark } from "./NatureMark";
import { spanWords } from "./words";

const FIRST = 3;

interface Props {
  /** Of the time that the chart shows. */
  episodes: readonly Episode[];
  /** Whose chart it is. */
  device: string;
  metric: string;
}

/** What the coloured times of a chart stand for, and what somebody says of them. */
export function EpisodeNotes({ episodes, device, metric }: Props) {
  const [all, setAll] = useState(false);
  const now = useNow(10_000);
  if (episodes.length === 0) return null;
  const shown = all ? episodes : episodes.slice(0, FIRST);
  return (
    <>
      <ul className="mt-2 flex flex-col divide-y divide-line text-sm" aria-label={t.anomalies.onChart}>
        {shown.map((episode) => (
          <li key={episode.id} className="flex flex-col gap-1.5 py-2.5" data-episode={episode.id}>
            <p className="flex flex-wrap items-center gap-x-3 text-xs text-soft">
              <NatureMark nature={episode.nature} />
              <time dateTime={episode.opened}>
                {formatDay(episode.opened_ms)}, {formatClock(episode.opened_ms)}
              </time>
              <span className={episode.closed_ms === null ? "font-medium text-ink" : ""}>{spanWords(episode, now)}</span>
            </p>
            <Reason episode={episode} device={device} metric={metric} />
            <Feedback episode={episode} />
          </li>
        ))}
      </ul>
      {episodes.length > shown.length && (
        <button type="button" className="button mt-1 min-h-9 px-3 text-xs" onClick={() => setAll(true)}>
          {t.anomalies.showAll(episodes.length)}
        </button>
      )}
    </>
  );
}

/** In words; on the chart of a series that only joined in, what that series did. */
function Reason({ episode, device, metric }: { episode: Episode; device: string; metric: string }) {
  const leads = episode.device === device && episode.metric === metric;
  const own = episode.signals.find((signal) => signal.device === device && signal.metric === metric);
  if (leads || !own || own.text === "" || own.text === episode.reason) {
    return <p className="leading-5 break-words">{episode.reason}</p>;
  }
  return (
    <p className="leading-5 break-words">
      {own.text} <span className="text-soft">· {t.anomalies.partOf(episode.reason)}</span>
    </p>
  );
}
