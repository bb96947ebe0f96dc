import { useState } from "react";
import { deleteRule, type Rule, type TimersThen } from "../api/rules";
import { Choice } from "../components/Choice";
import { Confirm } from "../components/Confirm";
import { useAction } from "../components/useAction";
import { rulesPath } from "../router";
import { t } from "../texts";
import { useTimers } from "./useRules";

const THEN: readonly TimersThen[] = ["finish", "cancel"];

/** Deletes a rule after a question; when timers of it run, what becomes of them is part of that. */
export function Remove({ rule }: { rule: Rule }) {
  const [asked, setAsked] = useState(false);
  const [then, setThen] = useState<TimersThen>("finish");
  const { value: timers } = useTimers();
  const { busy, error, run } = useAction();
  const remove = () =>
    run(async () => {
      await deleteRule(rule.id, then);
      window.location.hash = rulesPath;
    });
  return (
    <>
      <button type="button" className="button text-bad" onClick={() => setAsked(true)}>
        {t.rules.remove}
      </button>
      {asked && (
        <Confirm
          title={t.rules.removeQuestion(rule.name)}
          yes={t.rules.removeConfirm}
          no={t.rules.leave}
          busy={busy}
          error={error}
          onYes={() => void remove()}
          onClose={() => setAsked(false)}
        >
          <p className="text-sm">{t.rules.removeMeans}</p>
          {timers?.some((timer) => timer.rule === rule.id && !timer.shadow) && (
            <Choice label={t.rules.removeTimers} value={then} onChange={(value) => setThen(value as TimersThen)}>
              {THEN.map((each) => (
                <option key={each} value={each}>
                  {t.rules.removeTimersThen[each]}
                </option>
              ))}
            </Choice>
          )}
        </Confirm>
      )}
    </>
  );
}
