import { useState } from "react";
import { wantShadow, type Shadow } from "../api/home";
import type { Device } from "../api/types";
import { ErrorNote } from "../components/ErrorNote";
import { NumberField, textOf } from "../components/NumberField";
import { Told } from "../components/Told";
import { useAction } from "../components/useAction";
import { useVerbs } from "../orders/useVerbs";
import { argumentWords } from "../orders/words";
import { t } from "../texts";
import { intervalOf, limitNames, limitOf, patchOf, withInterval, withLimit, type Typed } from "./state";

/** Changes how often a device measures, and its limits. */
export function ShadowForm({ device, shadow }: { device: Device; shadow: Shadow }) {
  const verbs = useVerbs(device);
  const [typed, setTyped] = useState<Typed>({});
  const [told, setTold] = useState<string | null>(null);
  const { busy, error, run } = useAction();
  const names = limitNames(shadow, verbs);
  const change = (next: Typed) => {
    setTyped(next);
    setTold(null);
  };

  function submit(event: Event): void {
    event.preventDefault();
    setTold(null);
    const patch = patchOf(typed, shadow, names);
    if (Object.keys(patch).length === 0) return setTold(t.shadow.unchanged);
    void run(async () => {
      await wantShadow(device.id, patch, shadow.desired.version);
      setTyped({});
      setTold(t.shadow.saved);
    });
  }

  const said = textOf(shadow.reported.state["interval_s"]);
  return (
    <form className="flex flex-col gap-4" onSubmit={submit}>
      <div>
        <NumberField
          label={t.shadow.interval}
          unit={t.shadow.intervalUnit}
          value={intervalOf(typed, shadow)}
          onChange={(value) => change(withInterval(typed, value))}
        />
        <p className="mt-1 text-sm text-soft">{said ? t.shadow.says(`${said}\u202fs`) : t.shadow.unsaid}</p>
      </div>
      {names.length > 0 && (
        <fieldset className="flex min-w-0 flex-col gap-2">
          <legend className="text-sm font-medium">{t.shadow.limits}</legend>
          <p className="text-sm text-soft">{t.shadow.limitsHint}</p>
          <div className="grid grid-cols-[minmax(0,1fr)_6rem_6rem] items-center gap-2 text-sm">
            <span />
            <span className="text-xs text-soft" aria-hidden="true">
              {t.shadow.min}
            </span>
            <span className="text-xs text-soft" aria-hidden="true">
              {t.shadow.max}
            </span>
            {names.map((name) => (
              <LimitRow key={name} name={name} shadow={shadow} typed={typed} onChange={change} />
            ))}
          </div>
        </fieldset>
      )}
      <div className="flex flex-wrap items-center gap-3">
        <button type="submit" className="button" disabled={busy}>
          {t.shadow.save}
        </button>
        <Told text={told} />
      </div>
      <ErrorNote text={error} />
    </form>
  );
}

interface RowProps {
  name: string;
  shadow: Shadow;
  typed: Typed;
  onChange: (typed: Typed) => void;
}

function LimitRow({ name, shadow, typed, onChange }: RowProps) {
  const words = argumentWords(name);
  return (
    <>
      <span className="truncate">{words}</span>
      <NumberField
        label={t.shadow.minOf(words)}
        hidden
        value={limitOf(typed, shadow, name, "min")}
        onChange={(value) => onChange(withLimit(typed, name, "min", value))}
      />
      <NumberField
        label={t.shadow.maxOf(words)}
        hidden
        value={limitOf(typed, shadow, name, "max")}
        onChange={(value) => onChange(withLimit(typed, name, "max", value))}
      />
    </>
  );
}
