import type { Decision } from "../api/window";
import { Fact } from "../components/Fact";
import { formatNumber } from "../format/numbers";
import { formatClock } from "../format/time";
import { tracePath } from "../router";
import { t } from "../texts";
import { Replay } from "./Replay";
import { Sureness } from "./Sureness";
import { inputName, inputWords, knownInputs, missingWords, modelWords, openingWords } from "./words";

const GRID = "grid grid-cols-2 gap-x-5 gap-y-2.5 sm:grid-cols-3 lg:grid-cols-4";

/** Everything a decision rests on: what was known and what was not, who decided, and what limits did to it. */
export function DecisionDetail({ decision }: { decision: Decision }) {
  const { missing, cuts, shadow } = decision;
  return (
    <div className="mt-1 mb-2 flex flex-col gap-4 border-l-2 border-line pl-3 sm:pl-4">
      <dl className={GRID}>
        <Fact name={t.decisions.cause}>{decision.cause}</Fact>
        <Fact name={t.decisions.model}>{modelWords(decision.model)}</Fact>
        <Fact name={t.decisions.wanted}>{`${formatNumber(decision.raw_position, null, 1)}\u202f%`}</Fact>
        <Fact name={t.decisions.lessons}>
          {decision.lessons ? <code className="font-mono text-xs">{decision.lessons}</code> : t.decisions.noLessons}
        </Fact>
        <Fact name={t.decisions.id}>
          <code className="font-mono text-xs">{decision.id}</code>
        </Fact>
      </dl>
      <div>
        <h3 className="mb-1.5 text-xs font-semibold">{t.decisions.inputs}</h3>
        <dl className={GRID}>
          {knownInputs(decision.inputs).map(([name, value]) => (
            <Fact key={name} name={inputName(name)}>
              {inputWords(name, value)}
            </Fact>
          ))}
        </dl>
      </div>
      {missing.length > 0 && (
        <div>
          <h3 className="mb-1.5 text-xs font-semibold">{t.decisions.missing}</h3>
          <ul className="flex flex-col gap-0.5">
            {missing.map(({ name, why, detail }) => (
              <li key={name}>
                {inputName(name)}:{" "}
                <span className={why === "unknown" ? "text-soft" : "text-warn"}>
                  {missingWords(why, detail)}
                </span>
              </li>
            ))}
          </ul>
        </div>
      )}
      {cuts.length > 0 && (
        <div>
          <h3 className="mb-1.5 text-xs font-semibold">{t.decisions.cuts}</h3>
          <ul className="flex flex-col gap-0.5 text-warn">
            {cuts.map((cut) => (
              <li key={cut}>{cut}</li>
            ))}
          </ul>
        </div>
      )}
      {shadow?.error && <p className="text-bad">{t.decisions.shadowFailed(modelWords(shadow.model), shadow.error)}</p>}
      {shadow && !shadow.error && (
        <p className="flex flex-wrap items-center gap-x-2">
          {t.decisions.shadow(modelWords(shadow.model))}
          <strong className="font-semibold">{openingWords(shadow.position)}</strong>
          <span className="text-xs text-soft">
            <Sureness confidence={shadow.confidence} />
          </span>
        </p>
      )}
      <div className="flex flex-wrap items-center gap-x-4 gap-y-2">
        <Replay decision={decision.id} when={formatClock(decision.time_ms, true)} />
        {decision.correlation && (
          <a className="text-accent hover:underline" href={tracePath(decision.correlation)} title={t.events.traceHint}>
            {t.decisions.trace}
          </a>
        )}
      </div>
    </div>
  );
}
