import type { ReactNode } from "react";
import type { Problem } from "../api/rules";
import { ErrorNote } from "../components/ErrorNote";
import { t } from "../texts";
import type { Place } from "./Editor";
import type { Check } from "./useCheck";

interface Props {
  check: Check;
  /** Why the text is no JSON. */
  notJson: string | null;
  placeOf: (path: string) => Place | null;
  onShow: (place: Place) => void;
}

/** What the gateway says of a draft: its sentence, everything that is wrong and where, and what it is at odds with. */
export function Findings({ check: { checked, problems, error, busy }, notJson, placeOf, onShow }: Props) {
  const list = (found: readonly Problem[]) => (
    <ul className="flex flex-col gap-1.5">
      {found.map(({ path, reason }, number) => (
        <Line key={`${path} ${number}`} path={path} reason={reason} place={placeOf(path)} onShow={onShow} />
      ))}
    </ul>
  );
  const fine = checked !== null && problems.length === 0;
  return (
    <div className="flex min-w-0 flex-col gap-4 text-sm" role="group" aria-label={t.rules.reads}>
      {notJson !== null && <p className="rounded-lg bg-warn-wash px-3 py-2.5 text-warn">{t.rules.notJson(notJson)}</p>}
      {checked?.text && (
        <p className="rounded-lg bg-raised px-3 py-2.5">
          <span className="block text-xs text-soft">{t.rules.reads}</span>
          {checked.text}
        </p>
      )}
      <div role="status">
        {problems.length > 0 && (
          <Found title={t.rules.problems(problems.length)} look="text-bad">
            {list(problems)}
          </Found>
        )}
        {fine && !busy && checked.warnings.length + checked.conflicts.length + checked.loops.length === 0 && (
          <p className="font-medium text-good">{t.rules.fine}</p>
        )}
        {busy && !checked && problems.length === 0 && <p className="text-soft">{t.rules.checking}</p>}
      </div>
      <ErrorNote text={error} />
      {checked && checked.warnings.length > 0 && (
        <Found title={t.rules.warnings} look="text-warn">
          {list(checked.warnings)}
        </Found>
      )}
      {checked && checked.conflicts.length > 0 && (
        <Found title={t.rules.conflicts} look="text-warn">
          {checked.conflicts.map(({ other, text }) => (
            <p key={other}>{text}</p>
          ))}
        </Found>
      )}
      {checked && checked.loops.length > 0 && (
        <Found title={t.rules.loops} look="text-warn">
          {checked.loops.map(({ text }) => (
            <p key={text}>{text}</p>
          ))}
        </Found>
      )}
    </div>
  );
}

function Found({ title, look, children }: { title: string; look: string; children: ReactNode }) {
  return (
    <div className="flex flex-col gap-1.5">
      <h3 className={`font-medium ${look}`}>{title}</h3>
      {children}
    </div>
  );
}

function Line({ path, reason, place, onShow }: Problem & { place: Place | null; onShow: (place: Place) => void }) {
  const name = path || t.rules.whole;
  return (
    <li className="break-words">
      {place ? (
        <button
          type="button"
          className="mr-2 rounded text-left font-mono text-xs text-accent hover:underline"
          aria-label={t.rules.showAt(name)}
          onClick={() => onShow(place)}
        >
          {name}, {t.rules.line(place.line)}
        </button>
      ) : (
        <code className="mr-2 font-mono text-xs">{name}</code>
      )}
      {reason}
    </li>
  );
}
