import { useState } from "react";
import { MOST_DECISIONS, type Decision } from "../api/window";
import { useNow } from "../clock";
import { ErrorNote } from "../components/ErrorNote";
import { formatDate } from "../format/time";
import { t } from "../texts";
import { DecisionRow } from "./DecisionRow";
import { useDecisions } from "./useDecisions";

const FIRST = 40;
const DAY_MS = 86_400_000;

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
      {byDay(decisions).map(([day, made]) => (
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

/** Days with their decisions, both in the order given. */
function byDay(decisions: readonly Decision[]): [string, Decision[]][] {
  const days = new Map<string, Decision[]>();
  for (const decision of decisions) {
    const day = formatDate(decision.time_ms);
    const made = days.get(day);
    if (made) made.push(decision);
    else days.set(day, [decision]);
  }
  return [...days];
}

function dayWords(day: string, now: number): string {
  if (day === formatDate(now)) return t.decisions.today;
  return day === formatDate(now - DAY_MS) ? t.decisions.yesterday : day;
}
