import { useEffect, useRef, useState } from "react";
import { getEpisodes, type Episode, type EpisodeQuery } from "../api/anomalies";
import { messageOf } from "../api/message";
import { live, useEpoch } from "../live/hooks";

export interface Episodes {
  /** Newest opened first. */
  episodes: readonly Episode[];
  /** There are older ones. */
  more: boolean;
  loaded: boolean;
  error: string | null;
}

const NOTHING: Episodes = { episodes: [], more: false, loaded: false, error: null };

/** The episodes that any of the questions asks for, and every change of one that `belongs` as it happens. */
export function useEpisodes(questions: readonly EpisodeQuery[], belongs: (episode: Episode) => boolean): Episodes {
  const [shown, setShown] = useState<Episodes>(NOTHING);
  const epoch = useEpoch();
  const key = JSON.stringify(questions);
  const newest = useRef(belongs);
  newest.current = belongs;

  useEffect(() => {
    const abort = new AbortController();
    let early: readonly Episode[] = [];
    setShown((before) => ({ ...before, loaded: false }));
    const stop = live.onMessage((message) => {
      if (message.type !== "episode" || !newest.current(message.episode)) return;
      early = merged(early, [message.episode]);
      setShown((before) => ({ ...before, episodes: merged(before.episodes, [message.episode]) }));
    });
    const asked = (JSON.parse(key) as EpisodeQuery[]).map((question) => getEpisodes(question, abort.signal));
    Promise.all(asked)
      .then((answers) => {
        // What arrived meanwhile is newer than the answers, also where it is in them already.
        const told = answers.flatMap(({ episodes }) => episodes);
        setShown({ episodes: merged(told, early), more: answers.some(({ more }) => more), loaded: true, error: null });
      })
      .catch((error: unknown) => {
        if (!abort.signal.aborted) setShown((before) => ({ ...before, loaded: true, error: messageOf(error) }));
      });
    return () => {
      stop();
      abort.abort();
    };
  }, [key, epoch]);

  return shown;
}

/** One list with each of them once, as it was told last. */
function merged(older: readonly Episode[], newer: readonly Episode[]): readonly Episode[] {
  const byId = new Map([...older, ...newer].map((episode) => [episode.id, episode]));
  return [...byId.values()].sort((a, b) => b.opened_ms - a.opened_ms || a.id.localeCompare(b.id));
}
