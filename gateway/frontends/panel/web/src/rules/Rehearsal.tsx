import { useEffect, useState } from "react";
import { getProgress, rehearse, type Draft, type Rehearsed } from "../api/rules";
import { Card } from "../components/Card";
import { ErrorNote } from "../components/ErrorNote";
import { useAction } from "../components/useAction";
import { formatNumber } from "../format/numbers";
import { t } from "../texts";
import { RehearsalFound } from "./RehearsalFound";

const LOOK_MS = 500;

/** When a rule would have fired in the last 30 days. `draft` null: what is written is no rule yet. */
export function Rehearsal({ draft, id }: { draft: Draft | null; id: string }) {
  const [found, setFound] = useState<Rehearsed | null>(null);
  const { busy, error, run } = useAction();
  const start = () =>
    run(async () => {
      setFound(null);
      if (draft) setFound(await rehearse(draft, id));
    });
  return (
    <Card title={t.rules.rehearsal}>
      <p className="-mt-2 text-sm text-soft">{t.rules.rehearsalLead}</p>
      <button type="button" className="button self-start" disabled={busy || draft === null} onClick={() => void start()}>
        {t.rules.rehearse}
      </button>
      {busy && <Progress />}
      <ErrorNote text={error} />
      {found && <RehearsalFound found={found} />}
    </Card>
  );
}

/** How far it is; a month of a big house takes some seconds. */
function Progress() {
  const [share, setShare] = useState(0);
  useEffect(() => {
    const abort = new AbortController();
    const look = window.setInterval(() => {
      // Only decoration: when it cannot be asked, the answer itself will say so.
      getProgress(abort.signal).then((part) => setShare(part ?? 0), () => undefined);
    }, LOOK_MS);
    return () => {
      abort.abort();
      window.clearInterval(look);
    };
  }, []);
  return (
    <div className="flex flex-col gap-1" role="status">
      <progress className="h-2 w-full accent-accent" max={1} value={share} aria-label={t.rules.rehearsal} />
      <p className="text-sm text-soft">{t.rules.rehearsing(`${formatNumber(100 * share, "%")}\u202f%`)}</p>
    </div>
  );
}
