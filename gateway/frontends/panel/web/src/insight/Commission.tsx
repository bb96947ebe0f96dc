import { useId, useState } from "react";
import { commission } from "../api/anomalies";
import { serverNow } from "../clock";
import { Choice } from "../components/Choice";
import { Confirm } from "../components/Confirm";
import { useAction } from "../components/useAction";
import { t } from "../texts";

const HOUR_MS = 3_600_000;
const LENGTHS = [1, 24, 168, 336];
/** Below it nothing is said of wear. */
const WEEK = 168;

interface Props {
  asset: string;
  name: string;
  /** How many hours it takes when nobody says otherwise. */
  usual: number;
  /** Another one counts already. */
  replaces: boolean;
  onClose: () => void;
  onDone: () => void;
}

/** Says what commissioning means, and asks of which time. */
export function Commission({ asset, name, usual, replaces, onClose, onDone }: Props) {
  const [hours, setHours] = useState(usual);
  const [last, setLast] = useState(false);
  const { busy, error, run } = useAction();
  const group = useId();
  const lengths = [...new Set([...LENGTHS, usual])].sort((a, b) => a - b);
  const begin = () =>
    run(async () => {
      await commission(asset, hours, last ? serverNow() - hours * HOUR_MS : null);
      onClose();
      onDone();
    });
  return (
    <Confirm
      title={t.insight.question(name)}
      yes={t.insight.confirm}
      no={t.insight.dismiss}
      busy={busy}
      error={error}
      onYes={() => void begin()}
      onClose={onClose}
    >
      <p className="text-sm">{t.insight.means(name)}</p>
      <Choice label={t.insight.hours} value={String(hours)} onChange={(value) => setHours(Number(value))}>
        {lengths.map((each) => (
          <option key={each} value={String(each)}>
            {t.insight.span(each)}
          </option>
        ))}
      </Choice>
      <fieldset className="flex flex-col gap-1 text-sm">
        <legend className="mb-1 font-medium">{t.insight.when}</legend>
        {[false, true].map((each) => (
          <label key={String(each)} className="flex min-h-9 items-center gap-2.5">
            <input
              type="radio"
              className="size-4 accent-accent"
              name={group}
              checked={last === each}
              onChange={() => setLast(each)}
            />
            {each ? t.insight.last : t.insight.fromNow}
          </label>
        ))}
      </fieldset>
      {hours < WEEK && <p className="text-sm text-soft">{t.insight.forWear}</p>}
      {replaces && <p className="text-sm text-soft">{t.insight.replaces}</p>}
    </Confirm>
  );
}
