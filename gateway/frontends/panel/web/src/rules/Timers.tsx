import { useState } from "react";
import { cancelTimer, type Timer } from "../api/rules";
import { useNow } from "../clock";
import { Card } from "../components/Card";
import { Confirm } from "../components/Confirm";
import { ErrorNote } from "../components/ErrorNote";
import { SimulatedMark } from "../components/SimulatedMark";
import { useAction } from "../components/useAction";
import { formatClock, formatInstant, formatLeft, formatSpan } from "../format/time";
import { rulePath } from "../router";
import { t } from "../texts";
import { useTimers } from "./useRules";

const HOUR_MS = 3_600_000;

/** Timers that run, with what is left. `rule` empty: of all rules. */
export function Timers({ rule }: { rule: string }) {
  const { value: timers, error, again } = useTimers();
  const shown = (timers ?? []).filter((timer) => !rule || timer.rule === rule).sort((a, b) => a.due_ms - b.due_ms);
  if (timers !== null && shown.length === 0 && rule) return null;
  return (
    <Card title={t.rules.timers}>
      <ErrorNote text={error} />
      {timers !== null && shown.length === 0 && <p className="text-sm text-soft">{t.rules.timersNone}</p>}
      <ul className="-my-2 divide-y divide-line empty:hidden">
        {shown.map((timer) => (
          <Row key={timer.id} timer={timer} ofRule={!rule} onEnd={again} />
        ))}
      </ul>
    </Card>
  );
}

function Row({ timer, ofRule, onEnd }: { timer: Timer; ofRule: boolean; onEnd: () => void }) {
  const now = useNow();
  const [asked, setAsked] = useState(false);
  const { busy, error, run } = useAction();
  const left = timer.due_ms - now;
  const end = () =>
    run(async () => {
      await cancelTimer(timer.id);
      setAsked(false);
      onEnd();
    });
  return (
    <li className="flex flex-wrap items-center justify-between gap-x-4 gap-y-2 py-3">
      <div className="min-w-0">
        <p className="text-sm break-words">
          <time
            className="mr-2 font-semibold tabular-nums"
            dateTime={new Date(timer.due_ms).toISOString()}
            title={formatInstant(timer.due_ms)}
          >
            {left <= 0 ? t.rules.due : t.rules.left(left < HOUR_MS ? formatLeft(left) : formatSpan(left))}
          </time>
          {timer.text || timer.name} {timer.simulated && <SimulatedMark />}
        </p>
        <p className="text-xs text-soft">
          {formatClock(timer.due_ms, true)}
          {ofRule && timer.rule && (
            <>
              {" · "}
              <a href={rulePath(timer.rule)} className="text-accent hover:underline">
                {timer.rule_name}
              </a>
            </>
          )}
          {" · "}
          {timer.shadow ? t.rules.shadowTimer : t.rules.missed[timer.catch_up]}
        </p>
      </div>
      <button
        type="button"
        className="button min-h-9 px-3"
        aria-label={t.rules.cancelOf(timer.name)}
        onClick={() => setAsked(true)}
      >
        {t.rules.cancel}
      </button>
      {asked && (
        <Confirm
          title={t.rules.cancelQuestion(timer.name)}
          yes={t.rules.cancelConfirm}
          no={t.rules.keepTimer}
          busy={busy}
          error={error}
          onYes={() => void end()}
          onClose={() => setAsked(false)}
        >
          <p className="text-sm">{t.rules.cancelMeans(timer.text || timer.name)}</p>
        </Confirm>
      )}
    </li>
  );
}
