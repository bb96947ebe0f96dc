import { useState } from "react";
import { distrustSigner, getSigners, trustSigner, type Key, type Signer } from "../api/models";
import { Confirm } from "../components/Confirm";
import { ErrorNote } from "../components/ErrorNote";
import { FileButton } from "../components/FileButton";
import { useAction } from "../components/useAction";
import { formatInstant } from "../format/time";
import { useAnswer } from "../live/useAnswer";
import { t } from "../texts";

/** A public key as `models.sign` writes it: `ed25519 BASE64 NAME`. */
const LINE = /^ed25519 ([A-Za-z0-9+/]{43}=)(?: ([a-z0-9][a-z0-9._-]{0,39}))?\s*$/;

/** Whose signature on a model counts; another key is taken from a file, and only after a question. */
export function Signers() {
  const { value: signers, error, again } = useAnswer("signers", { ask: getSigners });
  const [offered, setOffered] = useState<Key | null>(null);
  const [leaving, setLeaving] = useState<string | null>(null);
  const { busy, error: refused, run } = useAction();

  const read = (file: File) =>
    run(async () => {
      const [, key, name = "other"] = LINE.exec(await file.text()) ?? [];
      if (key === undefined) throw new Error(t.signers.badFile);
      setOffered({ name, key });
    });

  const change = (job: () => Promise<void>) =>
    run(async () => {
      await job();
      setOffered(null);
      setLeaving(null);
      again();
    });

  return (
    <div className="flex flex-col gap-3 border-t border-line pt-5" role="group" aria-label={t.signers.title}>
      <div>
        <h3 className="font-semibold">{t.signers.title}</h3>
        <p className="text-sm text-soft">{t.signers.lead}</p>
      </div>
      <ErrorNote text={error} />
      <ul className="divide-y divide-line text-sm empty:hidden">
        {signers?.map((signer) => (
          <Row key={signer.name} signer={signer} onRemove={() => setLeaving(signer.name)} />
        ))}
      </ul>
      <div>
        <FileButton label={t.signers.add} accept=".pub,text/plain" busy={busy} onFile={(file) => void read(file)} />
      </div>
      {offered === null && leaving === null && <ErrorNote text={refused} />}
      {offered && (
        <Confirm
          title={t.signers.question(offered.name)}
          yes={t.signers.confirm}
          no={t.signers.cancel}
          busy={busy}
          error={refused}
          onYes={() => void change(() => trustSigner(offered))}
          onClose={() => setOffered(null)}
        >
          <p className="text-sm">{t.signers.means}</p>
          <code className="font-mono text-xs break-all">{offered.key}</code>
        </Confirm>
      )}
      {leaving !== null && (
        <Confirm
          title={t.signers.removeQuestion(leaving)}
          yes={t.signers.removeConfirm}
          no={t.signers.cancel}
          busy={busy}
          error={refused}
          onYes={() => void change(() => distrustSigner(leaving))}
          onClose={() => setLeaving(null)}
        >
          <p className="text-sm">{t.signers.removeMeans}</p>
        </Confirm>
      )}
    </div>
  );
}

function Row({ signer, onRemove }: { signer: Signer; onRemove: () => void }) {
  const { name, fingerprint, who, added_ms: addedMs } = signer;
  return (
    <li className="flex flex-wrap items-center gap-x-4 gap-y-1 py-2.5">
      <div className="min-w-0 flex-1 basis-56">
        <p>
          <span className="font-medium">{name}</span>{" "}
          <span className="text-xs text-soft">
            {addedMs === null ? t.signers.own : t.signers.added(who, formatInstant(addedMs))}
          </span>
        </p>
        <code className="font-mono text-xs break-all text-soft">{fingerprint}</code>
      </div>
      {addedMs !== null && (
        <button type="button" className="button min-h-9 px-3" aria-label={t.signers.removeOf(name)} onClick={onRemove}>
          {t.signers.remove}
        </button>
      )}
    </li>
  );
}
