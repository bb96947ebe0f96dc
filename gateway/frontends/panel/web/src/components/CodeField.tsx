import { useId } from "react";

interface Props {
  label: string;
  hint: string;
  value: string;
  onChange: (value: string) => void;
}

/** A one-time code the gateway has printed. */
export function CodeField({ label, hint, value, onChange }: Props) {
  const id = useId();
  return (
    <div className="flex flex-col gap-1.5">
      <label htmlFor={id} className="text-sm font-medium">
        {label}
      </label>
      <input
        id={id}
        className="field font-mono tracking-wide"
        autoComplete="one-time-code"
        autoCapitalize="none"
        autoCorrect="off"
        spellcheck={false}
        autoFocus
        required
        aria-describedby={`${id}-hint`}
        value={value}
        onInput={(event) => onChange(event.currentTarget.value)}
      />
      <p id={`${id}-hint`} className="text-sm text-soft">
        {hint}
      </p>
    </div>
  );
}
