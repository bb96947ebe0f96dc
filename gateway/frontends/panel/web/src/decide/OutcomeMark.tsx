import type { Decision } from "../api/window";
import { t } from "../texts";
import { outcomeLooks } from "./words";

/** What became of a decision, in a word; in full on hover. */
export function OutcomeMark({ decision: { outcome, detail } }: { decision: Decision }) {
  return (
    <span className="min-w-0 break-words">
      <span className={`font-medium ${outcomeLooks[outcome]}`} title={t.decisions.means[outcome]}>
        {t.decisions.outcome[outcome]}
      </span>
      {detail && <span className="text-soft">: {detail}</span>}
    </span>
  );
}
