import { useEffect, useState } from "react";
import { api } from "../api/generated";
import type { Trace as Known } from "../api/types";
import { BackLink } from "../components/BackLink";
import { Page } from "../components/Page";
import { eventsPath } from "../router";
import { Steps } from "../trace/Steps";
import { TracedReading } from "../trace/TracedReading";
import { t } from "../texts";

/** A reading, message or request, and all that came of it. */
export default function Trace({ id }: { id: string }) {
  const [known, setKnown] = useState<Known | null>(null);
  const [failed, setFailed] = useState(false);
  useEffect(() => {
    const abort = new AbortController();
    api.getTraceCorrelation(id, abort.signal).then(setKnown, () => setFailed(!abort.signal.aborted));
    return () => abort.abort();
  }, [id]);
  return (
    <Page title={t.trace.title}>
      <div className="-mt-3 flex flex-wrap items-center gap-x-5 gap-y-1 text-sm">
        <BackLink href={eventsPath} text={t.trace.back} />
        <code className="font-mono break-all text-soft">{id}</code>
      </div>
      {known === null && <p className="text-soft">{failed ? t.trace.nothing : t.trace.loading}</p>}
      {known?.reading && <TracedReading reading={known.reading} />}
      {known && <Steps steps={known.steps} />}
    </Page>
  );
}
