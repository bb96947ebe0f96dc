import { cancelCommissioning, type Commissioning } from "../api/anomalies";
import { useNow } from "../clock";
import { ErrorNote } from "../components/ErrorNote";
import { useAction } from "../components/useAction";
import { formatValue } from "../format/numbers";
import { formatInstant } from "../format/time";
import { Bar } from "../system/Bar";
import { t } from "../texts";

interface Props {
  asset: string;
  collecting: Commissioning;
  /** Another one counts until it is done. */
  replaces: boolean;
  onEnd: () => void;
}

/** A commissioning that goes on: whose, how far it is, and how to end it. */
export function Collecting({ asset, collecting, replaces, onEnd }: Props) {
  const now = useNow(10_000);
  const { busy, error, run } = useAction();
  const { who, from_ms: from, to_ms: to } = collecting;
  const done = Math.min(1, Math.max(0, (now - from) / Math.max(1, to - from)));
  const cancel = () =>
    run(async () => {
      await cancelCommissioning(asset);
      onEnd();
    });
  return (
    <div className="flex flex-col gap-2 text-sm">
      <p className="break-words">
        {t.insight.collecting(who, formatInstant(to))}{" "}
        <span className="text-soft">· {t.insight.collected(formatValue(Math.floor(100 * done), "%"))}</span>
      </p>
      <Bar part={done} whole={1} isBad={false} />
      {replaces && <p className="text-soft">{t.insight.keeps}</p>}
      <button type="button" className="button self-start" disabled={busy} onClick={() => void cancel()}>
        {t.insight.cancel}
      </button>
      <ErrorNote text={error} />
    </div>
  );
}
