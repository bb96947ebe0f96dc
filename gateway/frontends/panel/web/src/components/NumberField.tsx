import { useId } from "react";

interface Props {
  /** Read out; shown unless `hidden`. */
  label: string;
  hidden?: boolean;
  unit?: string | null | undefined;
  min?: number | null | undefined;
  max?: number | null | undefined;
  required?: boolean;
  /** As typed; empty: none. */
  value: string;
  onChange: (value: string) => void;
}

/** A number, or none. */
export function NumberField({ label, hidden = false, unit, min, max, required = false, value, onChange }: Props) {
  const id = useId();
  return (
    <div className="flex min-w-0 flex-col gap-1.5">
      <label htmlFor={id} className={hidden ? "sr-only" : "text-sm font-medium"}>
        {label}
      </label>
      <span className="flex items-center gap-2">
        <input
          id={id}
          className="field max-w-32 min-w-0"
          type="number"
          step="any"
          inputMode="decimal"
          min={min ?? undefined}
          max={max ?? undefined}
          required={required}
          value={value}
          onInput={(event) => onChange(event.currentTarget.value)}
        />
        {unit && <span className="text-sm text-soft">{unit}</span>}
      </span>
    </div>
  );
}

/** What is typed, as a number; null when nothing is. */
export function numberOf(text: string): number | null {
  return text.trim() === "" ? null : Number(text);
}

export function textOf(value: unknown): string {
  return typeof value === "number" ? String(value) : "";
}
