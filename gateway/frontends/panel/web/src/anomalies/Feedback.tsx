import { judgeEpisode, takeBack, type Episode } from "../api/anomalies";
import { ErrorNote } from "../components/ErrorNote";
import { useAction } from "../components/useAction";
import { formatInstant } from "../format/time";
import { t } from "../texts";

/** What somebody says of an episode, or said; what comes of it is told by the live connection. */
export function Feedback({ episode }: { episode: Episode }) {
  const { id, reason, verdict, judged_by: who, judged_ms: when } = episode;
  const { busy, error, run } = useAction();
  const act = (job: () => Promise<unknown>) => void run(async () => void (await job()));
  return (
    <div className="flex flex-col gap-2">
      <div className="flex flex-wrap items-center gap-x-3 gap-y-2 text-xs" aria-live="polite">
        {verdict === "" ? (
          <>
            <button
              type="button"
              className="button min-h-9 px-3 text-xs"
              disabled={busy}
              aria-label={t.anomalies.normalOf(reason)}
              title={t.anomalies.normalMeans}
              onClick={() => act(() => judgeEpisode(id, "normal"))}
            >
              {t.anomalies.normal}
            </button>
            <button
              type="button"
              className="button min-h-9 px-3 text-xs"
              disabled={busy}
              aria-label={t.anomalies.rightOf(reason)}
              title={t.anomalies.rightMeans}
              onClick={() => act(() => judgeEpisode(id, "right"))}
            >
              {t.anomalies.right}
            </button>
          </>
        ) : (
          <>
            <span className="min-w-0 break-words text-soft" title={when === null ? undefined : formatInstant(when)}>
              {t.anomalies.called[verdict](who)}
            </span>
            <button
              type="button"
              className="button min-h-9 px-3 text-xs"
              disabled={busy}
              aria-label={t.anomalies.undoOf(reason)}
              onClick={() => act(() => takeBack(id))}
            >
              {t.anomalies.undo}
            </button>
          </>
        )}
      </div>
      <ErrorNote text={error} />
    </div>
  );
}
