import { useId } from "react";

interface Props {
  label: string;
  value: string;
  onChange: (value: string) => void;
  hint?: string;
  required?: boolean;
  /** Characters, at most. */
  most?: number;
  /** What is often meant, offered while typing. */
  offers?: readonly string[];
}

/** A line of text. */
export function TextField({ label, value, onChange, hint, required = false, most = 80, offers }: Props) {
  const id = useId();
  return (
    <div className="flex min-w-0 flex-col gap-1.5">
      <label htmlFor={id} className="text-sm font-medium">
        {label}
      </label>
      <input
        id={id}
        className="field"
        autoComplete="off"
        maxLength={most}
        required={required}
        list={offers ? `${id}-offers` : undefined}
        aria-describedby={hint ? `${id}-hint` : undefined}
        value={value}
        onInput={(event) => onChange(event.currentTarget.value)}
      />
      {offers && (
        <datalist id={`${id}-offers`}>
          {offers.map((offer) => (
            <option key={offer} value={offer} />
          ))}
        </datalist>
      )}
      {hint && (
        <p id={`${id}-hint`} className="text-sm text-soft">
          {hint}
        </p>
      )}
    </div>
  );
}
