import { resume, type Override } from "../api/window";
import { useNow } from "../clock";
import { ErrorNote } from "../components/ErrorNote";
import { SimulatedMark } from "../components/SimulatedMark";
import { useAction } from "../components/useAction";
import { formatInstant, formatLeft, formatSpan } from "../format/time";
import { t } from "../texts";
import { openingWords } from "./words";

const HOUR_MS = 3_600_000;

/** That a person's will holds, for how long still, and a way to end it. Nothing once its time is over. */
export function Hold({ hold, onEnd }: { hold: Override; onEnd: () => void }) {
  const now = useNow();
  const { busy, error, run } = useAction();
  const leftMs = hold.until_ms - now;
  if (!hold.holds || leftMs <= 0) return null;
  const left = leftMs < HOUR_MS ? formatLeft(leftMs) : formatSpan(leftMs);
  return (
    <div className="flex flex-col gap-3 rounded-lg border border-warn bg-warn-wash p-4 text-sm" data-hold={hold.id}>
      <p className="flex flex-wrap items-baseline gap-x-2 gap-y-0.5">
        <strong className="font-semibold text-warn">{t.window.held(openingWords(hold.position))}</strong>
        <span>{hold.source === "hand" ? t.lessons.source.hand : t.window.heldBy(hold.who)}</span>
        {hold.simulated && <SimulatedMark />}
        <span role="timer" className="ml-auto font-medium whitespace-nowrap">
          {t.window.holdLeft(left)}
        </span>
      </p>
      <p>{t.window.holdUntil(formatInstant(hold.until_ms))}</p>
      <button
        type="button"
        className="button self-start"
        disabled={busy}
        onClick={() =>
          void run(async () => {
            await resume(hold.device);
            onEnd();
          })
        }
      >
        {t.window.resume}
      </button>
      <ErrorNote text={error} />
    </div>
  );
}
