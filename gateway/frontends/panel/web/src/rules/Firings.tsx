import { useState } from "react";
import { getFirings, type Act, type Firing } from "../api/rules";
import { Card } from "../components/Card";
import { ErrorNote } from "../components/ErrorNote";
import { SimulatedMark } from "../components/SimulatedMark";
import { formatInstant } from "../format/time";
import { useAnswer } from "../live/useAnswer";
import { tracePath } from "../router";
import { t } from "../texts";
import { Causes } from "./WhyNow";
import { outcomeLooks } from "./words";

const FIRST = 10;
const MOST = 500;

/** What a rule did, newest first, and why. */
export function Firings({ rule }: { rule: string }) {
  const [limit, setLimit] = useState(FIRST);
  const { value, error } = useAnswer(`firings ${rule} ${limit}`, {
    ask: (signal) => getFirings(rule, limit, signal),
    ageing: ({ type }) => type === "firing" || type === "command",
    restMs: 1_000,
  });
  return (
    <Card title={t.rules.firings}>
      <ErrorNote text={error} />
      {value?.firings.length === 0 && <p className="text-sm text-soft">{t.rules.noFirings}</p>}
      <ol className="-my-2 divide-y divide-line empty:hidden">
        {value?.firings.map((firing) => <Row key={firing.id} firing={firing} />)}
      </ol>
      {value?.more && limit < MOST && (
        <button type="button" className="button self-start" onClick={() => setLimit(Math.min(MOST, limit * 5))}>
          {t.rules.showMore}
        </button>
      )}
    </Card>
  );
}

function Row({ firing }: { firing: Firing }) {
  return (
    <li className="flex flex-col gap-1 py-3 text-sm">
      <p className="flex flex-wrap items-baseline gap-x-3">
        <time className="font-medium tabular-nums" dateTime={new Date(firing.time_ms).toISOString()}>
          {formatInstant(firing.time_ms)}
        </time>
        <span className="text-soft">
          {t.rules.part[firing.part]}
          {firing.mode === "shadow" && ` ${t.rules.inShadow}`}
        </span>
        {firing.simulated && <SimulatedMark />}
      </p>
      <p className="break-words">{firing.why}</p>
      <ul className="flex flex-col gap-0.5">
        {firing.acts.map((act, number) => (
          <ActLine key={number} act={act} />
        ))}
      </ul>
      <details>
        <summary className="cursor-pointer py-1 text-xs text-soft">{t.rules.whyThen}</summary>
        <div className="flex flex-col gap-2 pt-1">
          <Causes causes={firing.causes} live={false} />
          {firing.correlation && (
            <a href={tracePath(firing.correlation)} className="text-xs text-accent hover:underline">
              {t.rules.follow}
            </a>
          )}
        </div>
      </details>
    </li>
  );
}

function ActLine({ act }: { act: Act }) {
  return (
    <li className="break-words">
      {act.text}:{" "}
      <span className={`font-medium ${outcomeLooks[act.outcome]}`} title={t.rules.outcomeMeans[act.outcome]}>
        {t.rules.outcome[act.outcome]}
      </span>
      {act.command_status && act.command_status !== act.outcome && (
        <span className="text-soft">, {t.rules.itsCommand(act.command_status)}</span>
      )}
      {act.over && !act.detail.includes(act.over) && <span className="text-soft">, {t.rules.over(act.over)}</span>}
      {act.detail && <span className="text-soft">: {act.detail}</span>}
    </li>
  );
}
