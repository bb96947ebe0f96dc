import { callNormal } from "../api/devices";
import type { Flag } from "../api/types";
import { ErrorNote } from "../components/ErrorNote";
import { useAction } from "../components/useAction";
import { t } from "../texts";

/** What an owner may know better than the gateway. What no sensor can measure is not among it. */
const DISMISSIBLE: readonly Flag[] = ["jump", "stuck", "drift", "stale"];

interface Props {
  device: string;
  metric: string;
  flags: readonly Flag[];
  onDone: () => void;
}

/** Lets the owner say that this is how the series is. */
export function Dismiss({ device, metric, flags, onDone }: Props) {
  const { busy, error, run } = useAction();
  if (!flags.some((flag) => DISMISSIBLE.includes(flag))) return null;
  return (
    <>
      <button
        type="button"
        className="button mt-2 self-start"
        title={t.normalHint}
        disabled={busy}
        onClick={() => void run(() => callNormal(device, metric).then(onDone))}
      >
        {t.normal}
      </button>
      <ErrorNote text={error} />
    </>
  );
}
