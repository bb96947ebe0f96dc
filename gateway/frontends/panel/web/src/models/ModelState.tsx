import { useState } from "react";
import { installModel, promoteModel, rollBackModel, verifyModel, type Model, type Verified } from "../api/models";
import { Confirm } from "../components/Confirm";
import { ErrorNote } from "../components/ErrorNote";
import { FileButton } from "../components/FileButton";
import { Told } from "../components/Told";
import { useAction } from "../components/useAction";
import { formatInstant } from "../format/time";
import { t } from "../texts";
import { Beside } from "./Beside";
import { Versions } from "./Versions";
import { modelName, numberWords, wordsOf } from "./words";

type Asked = "promote" | "rollback";

/** One model, and what a person can do with it. */
export function ModelState({ model, onChange }: { model: Model; onChange: () => void }) {
  const { name, active, previous, shadow, trouble, rolled_back: rolledBack, probation } = model;
  const [asked, setAsked] = useState<Asked | null>(null);
  const [told, setTold] = useState<string | null>(null);
  const [verified, setVerified] = useState<Verified | null>(null);
  const { busy, error, run } = useAction();
  const said = wordsOf(name);

  /** What was said of the last thing goes when the next one begins. */
  function act(job: () => Promise<void>): void {
    setTold(null);
    setVerified(null);
    void run(async () => {
      await job();
      onChange();
    });
  }

  function install(file: File): void {
    const known = new Set(model.versions.map((each) => each.version));
    act(async () => {
      const after = await installModel(name, file);
      const added = after.versions.find((each) => !known.has(each.version))?.version ?? after.shadow;
      if (added === null) return;
      setTold((added === after.shadow ? said.installed : t.models.kept)(numberWords(added)));
    });
  }

  return (
    <div className="flex min-w-0 flex-col gap-4 py-5 first:pt-1 last:pb-0" role="group" aria-label={modelName(name)}>
      <div className="flex flex-wrap items-baseline gap-x-3 gap-y-1">
        <h3 className="font-semibold">{modelName(name)}</h3>
        <p className="text-sm">
          {activeWords(name, active)}
          {active !== null && model.since_ms > 0 && (
            <span className="text-soft"> · {t.models.since(formatInstant(model.since_ms))}</span>
          )}
        </p>
      </div>
      {t.models.about[name] && <p className="-mt-2 text-sm text-soft">{t.models.about[name]}</p>}
      {trouble && (
        <p className="rounded-lg bg-bad-wash px-3 py-2.5 text-sm text-bad">
          {trouble}
        </p>
      )}
      {rolledBack && <p className="rounded-lg bg-warn-wash px-3 py-2.5 text-sm text-warn">{t.models.rolledBack(rolledBack)}</p>}
      {probation > 0 && previous !== null && <p className="text-sm text-soft">{t.models.probation(said.more(probation), numberWords(previous))}</p>}
      {shadow !== null && <Beside model={model} shadow={shadow} />}
      <div className="flex flex-wrap gap-2">
        {shadow !== null && (
          <button type="button" className="button button-main" disabled={busy} onClick={() => setAsked("promote")}>
            {said.promote(numberWords(shadow))}
          </button>
        )}
        {previous !== null && (
          <button type="button" className="button" disabled={busy} onClick={() => setAsked("rollback")}>
            {t.models.rollback(numberWords(previous))}
          </button>
        )}
        <FileButton
          label={busy ? t.models.installing : t.models.install}
          accept=".zip,application/zip"
          busy={busy}
          onFile={install}
        />
        <button
          type="button"
          className="button"
          disabled={busy}
          onClick={() => act(async () => setVerified(await verifyModel(name)))}
        >
          {t.models.verify}
        </button>
      </div>
      <Told text={told} />
      {asked === null && <ErrorNote text={error} />}
      {verified && <Checks verified={verified} />}
      <Versions model={model} />
      {asked === "promote" && shadow !== null && (
        <Confirm
          title={said.promoteQuestion(numberWords(shadow))}
          yes={said.promoteConfirm}
          no={t.models.cancel}
          busy={busy}
          error={error}
          onYes={() =>
            act(async () => {
              await promoteModel(name, shadow);
              setAsked(null);
            })
          }
          onClose={() => setAsked(null)}
        >
          <p className="text-sm">{said.promoteMeans}</p>
        </Confirm>
      )}
      {asked === "rollback" && previous !== null && (
        <Confirm
          title={t.models.rollbackQuestion(numberWords(previous))}
          yes={t.models.rollbackConfirm}
          no={t.models.cancel}
          busy={busy}
          error={error}
          onYes={() =>
            act(async () => {
              await rollBackModel(name);
              setAsked(null);
            })
          }
          onClose={() => setAsked(null)}
        >
          <p className="text-sm">{said.rollbackMeans}</p>
        </Confirm>
      )}
    </div>
  );
}

function activeWords(name: string, version: number | null): string {
  if (version === null) return t.models.without[name] ?? t.models.noneActive;
  return (t.models.active[name] ?? t.models.works)(numberWords(version));
}

/** What each version's files were found to be. */
function Checks({ verified }: { verified: Verified }) {
  return (
    <ul role="status" className="flex flex-col gap-0.5 text-sm">
      {verified.checks.map(({ version, ok, text }) => (
        <li key={version} className={ok ? "text-good" : "text-bad"}>
          {t.models.version(numberWords(version))}: {text}
        </li>
      ))}
    </ul>
  );
}
