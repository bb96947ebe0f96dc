import { useEffect, useState } from "react";
import { forgetPerson, getPeople, makePairingCode, type PairingCode, type Person, type Scope } from "../api/channels";
import { useNow } from "../clock";
import { Card } from "../components/Card";
import { Choice } from "../components/Choice";
import { Confirm } from "../components/Confirm";
import { CopyButton } from "../components/CopyButton";
import { ErrorNote } from "../components/ErrorNote";
import { useAction } from "../components/useAction";
import { formatInstant, formatLeft } from "../format/time";
import { useAnswer } from "../live/useAnswer";
import { t } from "../texts";

const MINUTES = 10;
const LOOK_MS = 3_000;
const SCOPES = ["read", "operate"] as const satisfies readonly Scope[];

/** Who may speak with the house over Telegram, and a code for one more. */
export function People() {
  const { value: people, error, again } = useAnswer("people", { ask: getPeople });
  const [pairing, setPairing] = useState<PairingCode | null>(null);
  // Whoever uses the code does it elsewhere: nothing tells this page.
  useEffect(() => {
    if (!pairing) return undefined;
    const look = window.setInterval(again, LOOK_MS);
    return () => window.clearInterval(look);
  }, [pairing, again]);
  return (
    <Card title={t.people.title}>
      <p className="-mt-2 text-sm text-soft">{t.people.lead}</p>
      <ErrorNote text={error} />
      {people?.length === 0 && <p className="text-sm">{t.people.none}</p>}
      <ul className="-my-2 divide-y divide-line empty:hidden">
        {people?.map((person) => <Row key={person.id} person={person} onChange={again} />)}
      </ul>
      <Code pairing={pairing} onPairing={setPairing} />
    </Card>
  );
}

function Code({ pairing, onPairing }: { pairing: PairingCode | null; onPairing: (pairing: PairingCode) => void }) {
  const [scope, setScope] = useState<Scope>("operate");
  const now = useNow();
  const { busy, error, run } = useAction();
  const left = pairing ? pairing.until_ms - now : 0;
  return (
    <div className="flex flex-col gap-3 border-t border-line pt-4">
      {pairing && left > 0 && (
        <div className="flex flex-col gap-2 text-sm">
          <p>{t.people.code}</p>
          <div className="flex flex-wrap items-center gap-3">
            <div className="flex items-center gap-2 rounded-lg border border-line bg-page py-1 pr-1 pl-3">
              <code className="font-mono text-base tracking-wide" data-testid="pairing">
                {t.people.say(pairing.code)}
              </code>
              <CopyButton text={t.people.say(pairing.code)} label={t.people.copy} />
            </div>
            <span role="timer" className="font-medium text-good">
              {t.people.left(formatLeft(left))}
            </span>
          </div>
          {pairing.link && (
            <p>
              {t.people.link}:{" "}
              <a className="break-all text-accent hover:underline" href={pairing.link} rel="noreferrer" target="_blank">
                {pairing.link}
              </a>
            </p>
          )}
        </div>
      )}
      {pairing && left <= 0 && <p className="text-sm text-soft">{t.people.ended}</p>}
      <div className="flex flex-wrap items-end gap-3">
        <Choice label={t.people.scope} value={scope} onChange={(value) => setScope(value as Scope)}>
          {SCOPES.map((each) => (
            <option key={each} value={each}>
              {t.people.may[each]}
            </option>
          ))}
        </Choice>
        <button
          type="button"
          className="button min-h-11"
          disabled={busy}
          onClick={() => void run(async () => onPairing(await makePairingCode(MINUTES, scope)))}
        >
          {pairing ? t.people.another : t.people.make}
        </button>
      </div>
      <ErrorNote text={error} />
    </div>
  );
}

function Row({ person, onChange }: { person: Person; onChange: () => void }) {
  const [leaving, setLeaving] = useState(false);
  const { busy, error, run } = useAction();
  const { id, name, scope, alerts, paired_ms: paired, by } = person;
  const about = [
    t.people.may[scope] ?? scope,
    ...(alerts ? [t.people.alerts] : []),
    ...(paired ? [t.people.paired(formatInstant(paired), by)] : []),
  ];
  return (
    <li className="flex flex-wrap items-center gap-x-4 gap-y-2 py-3 text-sm">
      <div className="min-w-0 flex-1 basis-56">
        <p className="font-medium break-words">{name}</p>
        <p className="text-xs break-words text-soft">{about.join(" · ")}</p>
      </div>
      <button type="button" className="button min-h-9 px-3" aria-label={t.people.forgetOf(name)} onClick={() => setLeaving(true)}>
        {t.people.forget}
      </button>
      {leaving && (
        <Confirm
          title={t.people.forgetQuestion(name)}
          yes={t.people.forgetConfirm}
          no={t.people.keep}
          busy={busy}
          error={error}
          onYes={() =>
            void run(async () => {
              await forgetPerson(id);
              setLeaving(false);
              onChange();
            })
          }
          onClose={() => setLeaving(false)}
        >
          <p className="text-sm">{t.people.forgetMeans}</p>
        </Confirm>
      )}
    </li>
  );
}
