import { useState } from "react";
import type { Level } from "../api/alerts";
import { putChannel, type Channel, type WayKind } from "../api/channels";
import { CheckField } from "../components/CheckField";
import { Choice } from "../components/Choice";
import { ErrorNote } from "../components/ErrorNote";
import { SecretField } from "../components/SecretField";
import { TextField } from "../components/TextField";
import { useAction } from "../components/useAction";
import { t } from "../texts";
import { fields, kinds, textOf, typedOf, wayOf, type Field } from "./fields";

const LEVELS: readonly Level[] = ["info", "warning", "alarm"];

interface Props {
  /** null: a new one. */
  channel: Channel | null;
  /** Names that are taken. */
  taken: readonly string[];
  onDone: () => void;
  onCancel: () => void;
}

/** Sets a channel up, or changes it. */
export function ChannelForm({ channel, taken, onDone, onCancel }: Props) {
  const [kind, setKind] = useState<WayKind>(channel?.way.kind ?? "telegram");
  const [name, setName] = useState(channel?.name ?? freeName("telegram", taken));
  const [typed, setTyped] = useState(() => typedOf(kind, channel?.way ?? null));
  const [levels, setLevels] = useState<readonly Level[]>(channel?.levels ?? LEVELS);
  const [escalation, setEscalation] = useState(channel?.escalation ?? false);
  const [enabled, setEnabled] = useState(channel?.enabled ?? true);
  const { busy, error, run } = useAction();

  function choose(chosen: WayKind): void {
    setKind(chosen);
    setName(freeName(chosen, taken));
    setTyped(typedOf(chosen, null));
  }

  function submit(event: Event): void {
    event.preventDefault();
    void run(async () => {
      await putChannel(name.trim(), { way: wayOf(kind, typed), levels: [...levels], escalation, enabled });
      onDone();
    });
  }

  return (
    <form className="flex flex-col gap-4 border-t border-line pt-4" onSubmit={submit} aria-label={channel ? t.channels.changeOf(channel.name) : t.channels.add}>
      {!channel && (
        <div className="grid gap-4 sm:grid-cols-2">
          <Choice label={t.channels.kind} value={kind} onChange={(value) => choose(value as WayKind)}>
            {kinds.map((each) => (
              <option key={each} value={each}>
                {t.channels.kinds[each]}
              </option>
            ))}
          </Choice>
          <TextField label={t.channels.name} hint={t.channels.nameHint} value={name} onChange={setName} required />
        </div>
      )}
      <p className="text-sm text-soft">{t.channels.kindMeans[kind]}</p>
      <div className="grid gap-4 sm:grid-cols-2">
        {fields[kind].map((field) => (
          <Entry
            key={`${kind} ${field.name}`}
            field={field}
            value={typed[field.name] ?? ""}
            kept={channel ? textOf(channel.way, field.name) : ""}
            onChange={(value) => setTyped({ ...typed, [field.name]: value })}
          />
        ))}
      </div>
      <fieldset className="flex flex-wrap gap-x-6 gap-y-1">
        <legend className="text-sm font-medium">{t.channels.levels}</legend>
        {LEVELS.map((level) => (
          <CheckField
            key={level}
            label={t.alerts.level[level] ?? level}
            checked={levels.includes(level)}
            onChange={(on) => setLevels(LEVELS.filter((each) => (each === level ? on : levels.includes(each))))}
          />
        ))}
      </fieldset>
      <div className="flex flex-wrap gap-x-6 gap-y-1">
        <CheckField label={t.channels.escalation} checked={escalation} onChange={setEscalation} />
        <CheckField label={t.channels.enabled} checked={enabled} onChange={setEnabled} />
      </div>
      <ErrorNote text={error} />
      <div className="flex flex-wrap gap-2">
        <button type="submit" className="button button-main" disabled={busy}>
          {t.channels.save}
        </button>
        <button type="button" className="button" onClick={onCancel}>
          {t.channels.cancel}
        </button>
      </div>
    </form>
  );
}

interface EntryProps {
  field: Field;
  value: string;
  /** As it is now, masked when it is a secret; empty: there is none. */
  kept: string;
  onChange: (value: string) => void;
}

function Entry({ field: { name, type, required = false }, value, kept, onChange }: EntryProps) {
  const label = t.channels.field[name] ?? name;
  if (type === "security") {
    return (
      <Choice label={label} value={value} onChange={onChange}>
        {Object.entries(t.channels.security).map(([each, words]) => (
          <option key={each} value={each}>
            {words}
          </option>
        ))}
      </Choice>
    );
  }
  if (type === "secret") {
    const hint = kept ? t.channels.secretKept(kept) : required ? "" : t.channels.optional;
    return <SecretField label={label} value={value} onChange={onChange} required={required && !kept} {...(hint ? { hint } : {})} />;
  }
  const hint = type === "list" ? t.channels.toHint : required ? "" : t.channels.optional;
  return <TextField label={label} value={value} onChange={onChange} required={required} most={500} {...(hint ? { hint } : {})} />;
}

/** The kind's own name, or with a number when it is taken. */
function freeName(kind: WayKind, taken: readonly string[]): string {
  let name: string = kind;
  for (let number = 2; taken.includes(name); number += 1) name = `${kind}-${number}`;
  return name;
}
