import { useState } from "react";
import { MOST_DECISIONS } from "../api/window";
import { useNow } from "../clock";
import { ErrorNote } from "../components/ErrorNote";
import { byDay, dayWords } from "../format/days";
import { t } from "../texts";
import { DecisionRow } from "./DecisionRow";
import { useDecisions } from "./useDecisions";

const FIRST = 40;

/** What was decided, newest first, by day, live. `device` empty: about every window. */
export function DecisionList({ device }: { device: string }) {
  const [limit, setLimit] = useState(FIRST);
  const { decisions, more, loaded, error } = useDecisions(device, limit);
  const now = useNow(60_000);
  if (decisions.length === 0) {
    if (error) return <ErrorNote text={error} />;
    return <p className="card p-5 text-sm text-soft">{loaded ? t.decisions.empty : t.decisions.loading}</p>;
  }
  return (
    <>
      <ErrorNote text={error} />
      {byDay(decisions, ({ time_ms }) => time_ms).map(([day, made]) => (
        <section key={day} className="flex flex-col gap-2" aria-label={dayWords(day, now)}>
          <h2 className="text-sm font-semibold">{dayWords(day, now)}</h2>
          <ol className="card divide-y divide-line">
            {made.map((decision) => (
              <DecisionRow key={decision.id} decision={decision} ofHouse={device === ""} />
            ))}
          </ol>
        </section>
      ))}
      {more && limit < MOST_DECISIONS && (
        <button
          type="button"
          className="button self-center"
          onClick={() => setLimit(Math.min(MOST_DECISIONS, limit * 4))}
        >
          {t.decisions.more}
        </button>
      )}
    </>
  );
}
