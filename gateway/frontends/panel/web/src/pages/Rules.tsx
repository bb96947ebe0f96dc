import { useEffect, useState } from "react";
import type { Mode } from "../api/rules";
import { Choice } from "../components/Choice";
import { ErrorNote } from "../components/ErrorNote";
import { Page } from "../components/Page";
import { TextField } from "../components/TextField";
import { newRulePath } from "../router";
import { RuleRow } from "../rules/RuleRow";
import { Timers } from "../rules/Timers";
import { useRules } from "../rules/useRules";
import { t } from "../texts";

const FIRST = 50;
const PAUSE_MS = 300;
const MODES: readonly Mode[] = ["live", "shadow", "off", "tripped"];

/** Every rule with how it stands, and the timers that run. */
export default function Rules() {
  const [mode, setMode] = useState<Mode | "">("");
  const [typed, setTyped] = useState("");
  const [text, setText] = useState("");
  const [most, setMost] = useState(FIRST);
  useEffect(() => {
    const timer = window.setTimeout(() => setText(typed.trim()), PAUSE_MS);
    return () => window.clearTimeout(timer);
  }, [typed]);
  const { value: rules, error, again } = useRules(mode, text);
  const all = mode === "" && text === "";
  return (
    <Page
      title={t.rules.title}
      actions={
        <a className="button button-main" href={newRulePath}>
          {t.rules.add}
        </a>
      }
    >
      <div className="flex flex-wrap gap-4">
        <div className="min-w-0 flex-1 basis-56 sm:max-w-sm">
          <TextField label={t.rules.search} value={typed} onChange={setTyped} />
        </div>
        <Choice label={t.rules.which} value={mode} onChange={(value) => setMode(value as Mode | "")}>
          <option value="">{t.rules.all}</option>
          {MODES.map((each) => (
            <option key={each} value={each}>
              {t.rules.mode[each]}
            </option>
          ))}
        </Choice>
      </div>
      <ErrorNote text={error} />
      {!rules && !error && <p className="card p-5 text-sm text-soft">{t.rules.loading}</p>}
      {rules?.length === 0 && <p className="card p-5 text-sm text-soft">{all ? t.rules.none : t.rules.noneFound}</p>}
      {rules && rules.length > 0 && (
        <ul className="card divide-y divide-line" aria-label={t.rules.title}>
          {rules.slice(0, most).map((rule) => (
            <RuleRow key={rule.id} rule={rule} onChange={again} />
          ))}
        </ul>
      )}
      {rules && rules.length > most && (
        <button type="button" className="button self-center" onClick={() => setMost(most * 4)}>
          {t.rules.showMore}
        </button>
      )}
      <Timers rule="" />
    </Page>
  );
}
