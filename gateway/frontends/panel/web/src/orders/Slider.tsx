import { useId } from "react";
import { formatNumber } from "../format/numbers";

interface Props {
  label: string;
  min: number;
  max: number;
  unit: string | null;
  value: number;
  onChange: (value: number) => void;
}

/** A whole number between two others; what it stands at is beside it. */
export function Slider({ label, min, max, unit, value, onChange }: Props) {
  const id = useId();
  const said = [formatNumber(value, null, 0), unit].filter(Boolean).join("\u202f");
  return (
    <div className="flex min-w-48 flex-1 flex-col gap-1.5">
      <span className="flex justify-between gap-3 text-sm font-medium">
        <label htmlFor={id}>{label}</label>
        <output htmlFor={id} className="font-semibold">
          {said}
        </output>
      </span>
      <input
        id={id}
        type="range"
        className="h-11 w-full accent-accent"
        {...{ min, max, value }}
        step={1}
        aria-valuetext={said}
        onInput={(event) => onChange(Number(event.currentTarget.value))}
      />
    </div>
  );
}
