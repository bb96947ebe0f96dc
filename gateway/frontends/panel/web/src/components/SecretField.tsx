import { useId } from "react";

interface Props {
  label: string;
  value: string;
  onChange: (value: string) => void;
  hint?: string;
  required?: boolean;
}

/** A secret of another service; no password manager is meant. */
export function SecretField({ label, value, onChange, hint, required = false }: Props) {
  const id = useId();
  return (
    <div className="flex min-w-0 flex-col gap-1.5">
      <label htmlFor={id} className="text-sm font-medium">
        {label}
      </label>
      <input
        id={id}
        type="password"
        className="field font-mono"
        autoComplete="off"
        autoCapitalize="none"
        spellcheck={false}
        maxLength={500}
        required={required}
        aria-describedby={hint ? `${id}-hint` : undefined}
        value={value}
        onInput={(event) => onChange(event.currentTarget.value)}
      />
      {hint && (
        <p id={`${id}-hint`} className="text-sm break-words text-soft">
          {hint}
        </p>
      )}
    </div>
  );
}
