import { useState } from "react";
import { sendCommand, type Setting, type State, type Verb } from "../api/home";
import type { Device } from "../api/types";
import { ErrorNote } from "../components/ErrorNote";
import { NumberField, numberOf, textOf } from "../components/NumberField";
import { TextField } from "../components/TextField";
import { useAction } from "../components/useAction";
import { t } from "../texts";
import { Slider } from "./Slider";
import { argumentWords, verbWords } from "./words";

interface Props {
  device: Device;
  verb: string;
  known: Verb;
}

/** One thing a device can be asked to do, with what it takes. */
export function VerbForm({ device, verb, known }: Props) {
  const { busy, error, run } = useAction();
  const args = Object.entries(known.args ?? {});
  const [typed, setTyped] = useState<Record<string, string>>({});
  const valueOf = (name: string, setting: Setting) => typed[name] ?? startOf(device, name, setting);

  function submit(event: Event): void {
    event.preventDefault();
    const said: State = {};
    for (const [name, setting] of args) {
      const value = argumentOf(valueOf(name, setting), setting);
      if (value !== null) said[name] = value;
    }
    void run(() => sendCommand(device.id, { verb, args: said }));
  }

  if (args.length === 0) {
    return (
      <form onSubmit={submit} className="contents">
        <button type="submit" className="button" disabled={busy}>
          {verbWords(verb)}
        </button>
        <ErrorNote text={error} />
      </form>
    );
  }
  return (
    <form onSubmit={submit} className="flex w-full flex-wrap items-end gap-x-4 gap-y-2" aria-label={verbWords(verb)}>
      {args.map(([name, setting]) => (
        <Argument
          key={name}
          label={args.length === 1 ? verbWords(verb) : argumentWords(name)}
          setting={setting}
          value={valueOf(name, setting)}
          onChange={(value) => setTyped({ ...typed, [name]: value })}
        />
      ))}
      <button
        type="submit"
        className="button button-main min-h-11"
        disabled={busy}
        aria-label={t.orders.sendVerb(verbWords(verb))}
      >
        {t.orders.send}
      </button>
      <ErrorNote text={error} />
    </form>
  );
}

interface ArgumentProps {
  label: string;
  setting: Setting;
  value: string;
  onChange: (value: string) => void;
}

function Argument({ label, setting, value, onChange }: ArgumentProps) {
  const { kind = "number", min, max, unit, required = false } = setting;
  if (kind !== "number" && kind !== "whole") {
    return <TextField label={label} value={value} onChange={onChange} required={required} />;
  }
  if (isSlider(setting)) {
    const ends = { min: min ?? 0, max: max ?? 0, unit: unit ?? null };
    return <Slider label={label} {...ends} value={Number(value)} onChange={(at) => onChange(String(at))} />;
  }
  return <NumberField {...{ label, unit, min, max, required, value, onChange }} />;
}

/** As it is now, where the device says so; else a slider's lower end, and an empty field. */
function startOf(device: Device, name: string, setting: Setting): string {
  const { min, max } = setting;
  const now = device.latest[name]?.value;
  if (now !== undefined) return String(Math.round(Math.min(max ?? now, Math.max(min ?? now, now))));
  return isSlider(setting) ? textOf(min) : "";
}

/** One can see both ends of it; a day in seconds has none. */
function isSlider({ kind = "number", min, max }: Setting): boolean {
  const isNumber = kind === "number" || kind === "whole";
  return isNumber && typeof min === "number" && typeof max === "number" && max - min <= 1000;
}

function argumentOf(text: string, { kind = "number" }: Setting): unknown {
  if (kind === "number" || kind === "whole") return numberOf(text);
  if (kind === "bool") return text === "true";
  return text === "" ? null : text;
}
