import { useId, useState } from "react";
import { override } from "../api/window";
import { serverNow } from "../clock";
import { Choice } from "../components/Choice";
import { ErrorNote } from "../components/ErrorNote";
import { Told } from "../components/Told";
import { useAction } from "../components/useAction";
import { formatInstant } from "../format/time";
import { Slider } from "../orders/Slider";
import { t } from "../texts";
import { openingWords } from "./words";

const MINUTE_MS = 60_000;
type Until = keyof typeof t.window.untilChoice;
const spans: Partial<Record<Until, number>> = { quarter: 15, hour: 60, hours: 240, night: 600, day: 1440 };

interface Props {
  device: string;
  /** Where the window is, percent. */
  position: number | null;
  onSet: () => void;
}

/** A person's will: how far, and for how long. What the gateway says to it stays until something else is wanted. */
export function OverrideForm({ device, position, onSet }: Props) {
  const [typed, setTyped] = useState<number | null>(null);
  const [until, setUntil] = useState<Until>("usual");
  const [time, setTime] = useState("");
  const [told, setTold] = useState<string | null>(null);
  const [warnings, setWarnings] = useState<readonly string[]>([]);
  const { busy, error, run } = useAction();
  const wanted = typed ?? Math.round(position ?? 0);

  function submit(event: Event): void {
    event.preventDefault();
    setTold(null);
    setWarnings([]);
    void run(async () => {
      const made = await override(device, wanted, instantOf(until, time));
      setTold(t.window.moved(openingWords(made.position), formatInstant(made.until_ms)));
      setWarnings(made.warnings);
      setTyped(null);
      onSet();
    });
  }

  return (
    <form className="flex flex-col gap-4" onSubmit={submit} aria-label={t.window.override}>
      <p className="text-sm text-soft">{t.window.overrideLead}</p>
      <Slider label={t.window.position} min={0} max={100} unit="%" value={wanted} onChange={setTyped} />
      <div className="flex flex-wrap items-end gap-3">
        <div className="min-w-44 flex-1">
          <Choice label={t.window.until} value={until} onChange={(value) => setUntil(value as Until)}>
            {Object.entries(t.window.untilChoice).map(([each, words]) => (
              <option key={each} value={each}>
                {words}
              </option>
            ))}
          </Choice>
        </div>
        {until === "time" && <TimeField value={time} onChange={setTime} />}
        <button type="submit" className="button button-main min-h-11" disabled={busy}>
          {t.window.submit}
        </button>
      </div>
      <Told text={told} />
      {warnings.length > 0 && (
        <ul role="status" className="flex flex-col gap-1 rounded-lg bg-warn-wash px-3 py-2.5 text-sm text-warn">
          {warnings.map((warning) => (
            <li key={warning}>{warning}</li>
          ))}
        </ul>
      )}
      <ErrorNote text={error} />
    </form>
  );
}

function TimeField({ value, onChange }: { value: string; onChange: (value: string) => void }) {
  const id = useId();
  return (
    <div className="flex min-w-52 flex-1 flex-col gap-1.5">
      <label htmlFor={id} className="text-sm font-medium">
        {t.window.untilTime}
      </label>
      <input
        id={id}
        className="field"
        type="datetime-local"
        required
        value={value}
        onInput={(event) => onChange(event.currentTarget.value)}
      />
    </div>
  );
}

/** RFC 3339; null: for as long as usual. */
function instantOf(until: Until, time: string): string | null {
  if (until === "time") return new Date(time).toISOString();
  const minutes = spans[until];
  return minutes === undefined ? null : new Date(serverNow() + minutes * MINUTE_MS).toISOString();
}
