import type { Decision } from "../api/window";
import { t } from "../texts";
import { outcomeLooks } from "./words";

const OVERTAKEN = "a newer order came";

/** What became of a decision, in a word; in full on hover. One that a newer order overtook is no failure. */
export function OutcomeMark({ decision: { outcome, detail } }: { decision: Decision }) {
  if (outcome === "failed" && detail.startsWith(OVERTAKEN)) {
    return <span className="min-w-0 break-words text-soft">{t.decisions.overtaken}</span>;
  }
  return (
    <span className="min-w-0 break-words">
      <span className={`font-medium ${outcomeLooks[outcome]}`} title={t.decisions.means[outcome]}>
        {t.decisions.outcome[outcome]}
      </span>
      {detail && <span className="text-soft">: {detail}</span>}
    </span>
  );
}
