import { useMemo, useState } from "react";
import { addRule, changeRule, type Draft, type Rule } from "../api/rules";
import { Card } from "../components/Card";
import { Choice } from "../components/Choice";
import { CopyButton } from "../components/CopyButton";
import { ErrorNote } from "../components/ErrorNote";
import { useAction } from "../components/useAction";
import { t } from "../texts";
import { Editor, parsed, usePlaces, type Place } from "./Editor";
import { Findings } from "./Findings";
import { Rehearsal } from "./Rehearsal";
import { templates } from "./templates";
import { useCheck } from "./useCheck";

interface Props {
  /** null: a new one. */
  rule: Rule | null;
  onSaved: (rule: Rule) => void;
  /** Back without saving. */
  onDiscard: (() => void) | null;
}

/** A rule is written, checked while it is, rehearsed, and saved. */
export function RuleForm({ rule, onSaved, onDiscard }: Props) {
  const [text, setText] = useState(() => written(rule?.rule ?? templates[0]?.draft ?? {}));
  const [template, setTemplate] = useState("");
  const [shown, setShown] = useState<Place | null>(null);
  const { draft, error: notJson } = useMemo(() => parsed(text), [text]);
  const check = useCheck(draft, rule?.id ?? "");
  const placeOf = usePlaces(text, draft !== null);
  const { busy, error, run } = useAction();
  // Of when it was opened: what somebody else changes meanwhile is not overwritten.
  const [version] = useState(rule?.version ?? 0);

  const save = () =>
    run(async () => {
      if (draft) onSaved(await (rule ? changeRule(rule.id, version, draft) : addRule(draft)));
    });
  const wrong = new Set(check.problems.flatMap(({ path }) => placeOf(path)?.line ?? []));
  return (
    <>
      <Card title={rule ? t.rules.editing : t.rules.newTitle} mark={<CopyButton text={text} label={t.rules.copy} />}>
        {!rule && (
          <Choice
            label={t.rules.start}
            value={template}
            onChange={(id) => {
              setTemplate(id);
              if (id) setText(written(draftOf(id)));
            }}
          >
            <option value="">…</option>
            {templates.map(({ id }) => (
              <option key={id} value={id}>
                {t.rules.templates[id]}
              </option>
            ))}
          </Choice>
        )}
        <div className="grid min-w-0 gap-5 lg:grid-cols-[minmax(0,3fr)_minmax(0,2fr)]">
          <Editor text={text} onText={setText} wrong={wrong} shown={shown} />
          <Findings check={check} notJson={notJson} placeOf={placeOf} onShow={setShown} />
        </div>
        <ErrorNote text={error} />
        <div className="flex flex-wrap gap-2">
          <button
            type="button"
            className="button button-main"
            disabled={busy || draft === null || check.problems.length > 0}
            onClick={() => void save()}
          >
            {busy ? t.rules.saving : rule ? t.rules.save : t.rules.create}
          </button>
          {onDiscard && (
            <button type="button" className="button" onClick={onDiscard}>
              {t.rules.discard}
            </button>
          )}
        </div>
      </Card>
      <Rehearsal draft={check.problems.length > 0 ? null : draft} id={rule?.id ?? ""} />
    </>
  );
}

function written(draft: object): string {
  return JSON.stringify(draft, null, 2);
}

function draftOf(id: string): Draft {
  return templates.find((each) => each.id === id)?.draft ?? {};
}
