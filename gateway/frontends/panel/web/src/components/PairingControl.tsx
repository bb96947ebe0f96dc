import { formatLeft } from "../format/time";
import { closePairing, openPairing, usePairingLeft } from "../pairing/store";
import { t } from "../texts";
import { ErrorNote } from "./ErrorNote";
import { Icon } from "./Icon";
import { useAction } from "./useAction";

const MINUTES = 5;

/** Opens the pairing window, counts it down and closes it. */
export function PairingControl() {
  const left = usePairingLeft();
  const { busy, error, run } = useAction();
  const isOpen = left !== null && left > 0;
  return (
    <div className="flex flex-col gap-2">
      <div className="flex min-h-10 flex-wrap items-center gap-3">
        {isOpen && (
          <p role="timer" className="flex items-center gap-2 text-sm font-medium text-good">
            <Icon name="link" className="size-4.5" />
            {t.add.pairingLeft(formatLeft(left))}
          </p>
        )}
        <button
          type="button"
          className={isOpen ? "button" : "button button-main"}
          disabled={busy}
          onClick={() => void run(() => (isOpen ? closePairing() : openPairing(MINUTES)))}
        >
          {isOpen ? t.add.pairingClose : t.add.pairingOpen(MINUTES)}
        </button>
      </div>
      <ErrorNote text={error} />
    </div>
  );
}
