import { useState } from "react";
import { ApiError } from "../api/client";
import { enableRule, type Mode, type Rule } from "../api/rules";
import { Confirm } from "../components/Confirm";
import { ErrorNote } from "../components/ErrorNote";
import { useAction } from "../components/useAction";
import { t } from "../texts";

const MODES = ["off", "shadow", "live"] as const satisfies readonly Mode[];

/** How far a rule may go. What the gateway does not let go live at once it says, and asks. */
export function ModeSwitch({ rule, onChange }: { rule: Rule; onChange: () => void }) {
  const { id, name, mode } = rule;
  const [doubt, setDoubt] = useState<string | null>(null);
  const { busy, error, run } = useAction();

  const go = (wanted: (typeof MODES)[number], despite: boolean) =>
    run(async () => {
      try {
        await enableRule(id, wanted, despite);
        setDoubt(null);
        onChange();
      } catch (failure) {
        if (despite || wanted !== "live" || !(failure instanceof ApiError && failure.status === 409)) throw failure;
        setDoubt(failure.message);
      }
    });

  return (
    <div className="flex flex-col items-start gap-2">
      <div role="group" aria-label={t.rules.modeOf(name)} className="flex rounded-lg border border-line bg-surface p-0.5">
        {MODES.map((each) => (
          <button
            key={each}
            type="button"
            aria-pressed={each === mode}
            disabled={busy}
            title={t.rules.modeMeans[each]}
            className={`min-h-9 rounded-md px-3 text-sm font-medium ${each === mode ? "bg-accent text-accent-ink" : "text-soft hover:text-ink"}`}
            onClick={() => void (each !== mode && go(each, false))}
          >
            {t.rules.mode[each]}
          </button>
        ))}
      </div>
      {doubt === null && <ErrorNote text={error} />}
      {doubt !== null && (
        <Confirm
          title={t.rules.despiteQuestion(name)}
          yes={t.rules.despite}
          no={t.rules.leave}
          busy={busy}
          error={error}
          onYes={() => void go("live", true)}
          onClose={() => setDoubt(null)}
        >
          <p className="text-sm">{doubt}</p>
        </Confirm>
      )}
    </div>
  );
}
