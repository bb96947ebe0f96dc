import type { Rule } from "../api/rules";
import { t } from "../texts";
import { stateLooks } from "./words";

/** How a rule stands, in a word; what that means on hover. */
export function StateMark({ rule: { state, mode } }: { rule: Pick<Rule, "state" | "mode"> }) {
  if (mode === "tripped") {
    return (
      <span className="rounded-full bg-bad-wash px-2 py-0.5 text-xs font-medium text-bad" title={t.rules.modeMeans.tripped}>
        {t.rules.mode.tripped}
      </span>
    );
  }
  return (
    <span className={`rounded-full px-2 py-0.5 text-xs font-medium ${stateLooks[state]}`} title={t.rules.stateMeans[state]}>
      {t.rules.state[state]}
    </span>
  );
}
