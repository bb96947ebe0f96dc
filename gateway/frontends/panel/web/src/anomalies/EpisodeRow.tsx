import { useState } from "react";
import type { Episode } from "../api/anomalies";
import { useNow } from "../clock";
import { SimulatedMark } from "../components/SimulatedMark";
import { formatClock, formatInstant } from "../format/time";
import { useDevice } from "../live/hooks";
import { devicePath } from "../router";
import { t } from "../texts";
import { EpisodeDetail } from "./EpisodeDetail";
import { Feedback } from "./Feedback";
import { NatureMark } from "./NatureMark";
import { spanWords } from "./words";

/** One episode: since when, what was not as usual, and what somebody says of it; on demand everything that belongs to it. */
export function EpisodeRow({ episode }: { episode: Episode }) {
  const now = useNow(10_000);
  const device = useDevice(episode.device);
  const [open, setOpen] = useState(false);
  const goesOn = episode.closed_ms === null;
  return (
    // A phone has it one below the other; where there is room, where it was stands beside it.
    <li
      className="grid grid-cols-[3.5rem_minmax(0,1fr)] gap-x-3 px-4 py-3 text-sm sm:gap-x-5 sm:px-5 lg:grid-cols-[3.5rem_minmax(0,1fr)_17rem]"
      data-episode={episode.id}
      data-open={goesOn}
    >
      <time className="text-xs leading-5 text-soft" dateTime={episode.opened} title={formatInstant(episode.opened_ms)}>
        {formatClock(episode.opened_ms)}
      </time>
      <p className={`leading-5 break-words ${goesOn ? "font-medium" : ""}`}>{episode.reason}</p>
      <p className="col-start-2 mt-1 flex min-w-0 flex-wrap content-start items-center gap-x-3 gap-y-0.5 text-xs text-soft lg:col-start-3 lg:row-span-3 lg:row-start-1 lg:mt-0">
        <Where episode={episode} known={device !== undefined} />
        {episode.simulated && <SimulatedMark />}
        <NatureMark nature={episode.nature} />
        <span className={goesOn ? "font-medium text-ink" : ""}>{spanWords(episode, now)}</span>
      </p>
      <div className="col-start-2 mt-2">
        <Feedback episode={episode} />
      </div>
      <details className="col-start-2 min-w-0" onToggle={(event) => setOpen(event.currentTarget.open)}>
        <summary className="w-fit cursor-pointer py-1.5 text-xs text-soft">{t.anomalies.detail}</summary>
        {open && <EpisodeDetail episode={episode} />}
      </details>
    </li>
  );
}

/** The place by its name, with a way to the charts of the device that tells it. */
function Where({ episode, known }: { episode: Episode; known: boolean }) {
  const name = episode.asset_name;
  if (!known) return <span className="max-w-full truncate text-sm font-medium text-ink">{name}</span>;
  return (
    <a
      className="max-w-full truncate text-sm font-medium text-accent hover:underline"
      href={devicePath(episode.device)}
    >
      {name}
    </a>
  );
}
