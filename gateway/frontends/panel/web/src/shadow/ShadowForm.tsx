import { wantShadow, type Shadow } from "../api/home";
import type { Device } from "../api/types";
import { ErrorNote } from "../components/ErrorNote";
import { LimitFields, type Limited } from "../components/LimitFields";
import { NumberField, textOf } from "../components/NumberField";
import { Told } from "../components/Told";
import { useAction } from "../components/useAction";
import { useTyped } from "../components/useTyped";
import { useVerbs } from "../orders/useVerbs";
import { argumentWords } from "../orders/words";
import { t } from "../texts";
import { intervalOf, limitNames, limitOf, patchOf, withInterval } from "./state";

/** Changes how often a device measures, and its limits. */
export function ShadowForm({ device, shadow }: { device: Device; shadow: Shadow }) {
  const verbs = useVerbs(device);
  const { typed, told, tell, type, kept } = useTyped();
  const { busy, error, run } = useAction();
  const names = limitNames(shadow, verbs);

  function submit(event: Event): void {
    event.preventDefault();
    tell(null);
    const patch = patchOf(typed, shadow, names);
    if (Object.keys(patch).length === 0) return tell(t.shadow.unchanged);
    void run(async () => {
      await wantShadow(device.id, patch, shadow.desired.version);
      kept(t.shadow.saved);
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
          onChange={(value) => type(withInterval(typed, value))}
        />
        <p className="mt-1 text-sm text-soft">{said ? t.shadow.says(`${said}\u202fs`) : t.shadow.unsaid}</p>
      </div>
      {names.length > 0 && (
        <fieldset className="flex min-w-0 flex-col gap-2">
          <legend className="text-sm font-medium">{t.shadow.limits}</legend>
          <p className="text-sm text-soft">{t.shadow.limitsHint}</p>
          <LimitFields
            rows={names.map(limited)}
            texts={t.shadow}
            typed={typed}
            valueOf={(name, side) => limitOf(typed, shadow, name, side)}
            onType={type}
          />
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

function limited(id: string): Limited {
  const name = argumentWords(id);
  return { id, name, shown: <span className="truncate">{name}</span> };
}
