import { useState } from "react";
import { MOST_EPISODES, type Episode } from "../api/anomalies";
import { useNow } from "../clock";
import { ErrorNote } from "../components/ErrorNote";
import { byDay, dayWords } from "../format/days";
import { t } from "../texts";
import { EpisodeRow } from "./EpisodeRow";
import { useEpisodes } from "./useEpisodes";

const FIRST = 40;

interface Props {
  /** At most one of them: an asset, or a device that measures none. Both empty: everywhere. */
  asset: string;
  device: string;
}

/** What goes on first, then what was, by day, newest first, live. */
export function EpisodeList({ asset, device }: Props) {
  const [limit, setLimit] = useState(FIRST);
  const where = { ...(asset ? { asset } : {}), ...(device ? { device } : {}) };
  const { episodes, more, loaded, error } = useEpisodes(
    [
      { ...where, state: "open", limit: MOST_EPISODES },
      { ...where, state: "closed", limit },
    ],
    (episode) => (asset ? episode.asset === asset : device === "" || episode.device === device),
  );
  const now = useNow(60_000);
  const open = episodes.filter(({ closed_ms }) => closed_ms === null);
  const closed = episodes.filter(({ closed_ms }) => closed_ms !== null);
  if (episodes.length === 0) {
    if (error) return <ErrorNote text={error} />;
    return <p className="card p-5 text-sm text-soft">{loaded ? t.anomalies.empty : t.anomalies.loading}</p>;
  }
  return (
    <>
      <ErrorNote text={error} />
      <Group title={t.anomalies.open} episodes={open} />
      {open.length === 0 && loaded && <p className="card p-5 text-sm text-soft">{t.anomalies.emptyOpen}</p>}
      {byDay(closed, ({ opened_ms }) => opened_ms).map(([day, those]) => (
        <Group key={day} title={dayWords(day, now)} episodes={those} />
      ))}
      {more && limit < MOST_EPISODES && (
        <button
          type="button"
          className="button self-center"
          onClick={() => setLimit(Math.min(MOST_EPISODES, limit * 4))}
        >
          {t.anomalies.more}
        </button>
      )}
    </>
  );
}

function Group({ title, episodes }: { title: string; episodes: readonly Episode[] }) {
  if (episodes.length === 0) return null;
  return (
    <section className="flex flex-col gap-2" aria-label={title}>
      <h2 className="text-sm font-semibold">{title}</h2>
      <ol className="card divide-y divide-line">
        {episodes.map((episode) => (
          <EpisodeRow key={episode.id} episode={episode} />
        ))}
      </ol>
    </section>
  );
}
