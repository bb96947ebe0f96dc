import type { Outcome, WindowState } from "../api/window";
import { useNow } from "../clock";
import { formatAge, formatInstant, formatSpan } from "../format/time";
import { decisionsOfPath } from "../router";
import { t } from "../texts";
import { Opening } from "./Opening";
import { OutcomeMark } from "./OutcomeMark";
import { Sureness } from "./Sureness";
import { isAnswered, modelWords, openingWords } from "./words";

/** After these a window was asked to move. */
const told = new Set<Outcome>(["sent", "done", "failed"]);

interface Props {
  device: string;
  state: WindowState;
  /** Percent, as the device measures it. */
  position: number | null;
}

/** Where a window is, where it is meant to be, and why. */
export function WindowNow({ device, state, position }: Props) {
  const now = useNow();
  const { newest, next_s: next } = state;
  const hold = state.hold?.holds && state.hold.until_ms > now ? state.hold : null;
  const isHeld = newest?.outcome === "held";
  const asked = hold?.position ?? (newest && told.has(newest.outcome) ? newest.position : null);
  const isThere = asked !== null && position !== null && Math.round(asked) === Math.round(position);
  return (
    <>
      <div className="flex flex-col gap-2">
        <p className="flex flex-wrap items-baseline gap-x-3">
          <strong className="text-4xl leading-10 font-semibold tracking-tight">
            {position === null ? "–" : openingWords(position)}
          </strong>
          <span className="text-sm text-soft">
            {position === null ? t.window.unknownPosition : t.window.now}
            {asked !== null && !isThere && `, ${t.window.asked(openingWords(asked))}`}
          </span>
        </p>
        <Opening now={position} asked={asked} />
      </div>
      {!newest && <p className="text-sm text-soft">{t.window.nothing}</p>}
      {newest && (
        <div className="flex flex-col gap-1.5">
          {hold && (
            <p className="text-sm font-medium text-warn">
              {isHeld ? t.window.would(openingWords(newest.position)) : t.window.before}
            </p>
          )}
          {/* Read aloud when it changes. */}
          <p className="leading-6 font-medium break-words" aria-live="polite">
            {newest.why}
          </p>
          <p className="flex flex-wrap items-center gap-x-3 gap-y-1 text-sm text-soft">
            {isAnswered(newest) && <Sureness confidence={newest.confidence} />}
            <span aria-live="polite">
              <OutcomeMark decision={newest} />
            </span>
            <time dateTime={newest.time} title={formatInstant(newest.time_ms)}>
              {formatAge(now - newest.time_ms)}
            </time>
          </p>
          <p className="text-sm text-soft">
            {t.decisions.model}: {modelWords(newest.model)} · {newest.cause}
          </p>
        </div>
      )}
      <p className="flex flex-wrap items-center justify-between gap-x-4 gap-y-1 text-sm text-soft">
        <span>{typeof next === "number" && t.window.next(formatSpan(next * 1000))}</span>
        <a className="font-medium text-accent hover:underline" href={decisionsOfPath(device)}>
          {t.window.all}
        </a>
      </p>
    </>
  );
}
