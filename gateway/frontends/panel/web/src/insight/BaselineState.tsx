import { useState } from "react";
import { ErrorNote } from "../components/ErrorNote";
import { formatInstant } from "../format/time";
import { t } from "../texts";
import { Collecting } from "./Collecting";
import { Commission } from "./Commission";
import { Frozen } from "./Frozen";
import { useBaseline } from "./useMachine";

/** What a machine is compared with, what is being made of it, and how to say that it runs well now. */
export function BaselineState({ asset, name }: { asset: string; name: string }) {
  const { value: shown, error, again } = useBaseline(asset);
  const [asking, setAsking] = useState(false);
  if (!shown) return error ? <ErrorNote text={error} /> : <p className="text-sm text-soft">{t.insight.loading}</p>;
  const { baseline, collecting, reason, resting } = shown;
  const newest = shown.history[0];
  return (
    <div className="flex flex-col gap-3 border-t border-line pt-4" role="group" aria-label={t.insight.baseline}>
      <h3 className="text-sm font-semibold">{t.insight.baseline}</h3>
      {baseline ? <Frozen baseline={baseline} /> : !collecting && <p className="text-sm text-soft">{t.insight.none}</p>}
      {reason && <Warning text={reason} />}
      {resting && <Warning text={t.insight.rests(resting)} />}
      {newest?.state === "failed" && (
        <Warning text={t.insight.failed(formatInstant(newest.asked_ms), newest.detail)} />
      )}
      {collecting ? (
        <Collecting asset={asset} collecting={collecting} replaces={baseline !== null} onEnd={again} />
      ) : (
        <button type="button" className="button self-start" onClick={() => setAsking(true)}>
          {baseline ? t.insight.commissionAnew : t.insight.commission}
        </button>
      )}
      {asking && (
        <Commission
          asset={asset}
          name={name}
          usual={shown.hours}
          replaces={baseline !== null}
          onClose={() => setAsking(false)}
          onDone={again}
        />
      )}
    </div>
  );
}

function Warning({ text }: { text: string }) {
  return <p className="rounded-lg bg-warn-wash px-3 py-2.5 text-sm break-words text-warn">{text}</p>;
}
