import { useId, useState } from "react";
import { t } from "../texts";

interface Props {
  label: string;
  value: string;
  onChange: (value: string) => void;
  autoComplete: "current-password" | "new-password";
  hint?: string;
  autoFocus?: boolean;
}

/** A password one may look at while typing it. */
export function PasswordField({ label, value, onChange, autoComplete, hint, autoFocus = false }: Props) {
  const id = useId();
  const [visible, setVisible] = useState(false);
  return (
    <div className="flex flex-col gap-1.5">
      <label htmlFor={id} className="text-sm font-medium">
        {label}
      </label>
      {/* For password managers: there is one owner. */}
      <input type="text" autoComplete="username" value="owner" readOnly hidden />
      <div className="relative">
        <input
          id={id}
          className="field pr-18"
          {...(visible ? { type: "text" } : { type: "password" })}
          autoComplete={autoComplete}
          autoFocus={autoFocus}
          required
          aria-describedby={hint ? `${id}-hint` : undefined}
          value={value}
          onInput={(event) => onChange(event.currentTarget.value)}
        />
        <button
          type="button"
          className="absolute inset-y-1 right-1 rounded-md px-3 text-sm font-medium text-soft hover:text-ink"
          aria-pressed={visible}
          onClick={() => setVisible(!visible)}
        >
          {visible ? t.signIn.hide : t.signIn.show}
        </button>
      </div>
      {hint && (
        <p id={`${id}-hint`} className="text-sm text-soft">
          {hint}
        </p>
      )}
    </div>
  );
}
