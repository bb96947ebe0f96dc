import { useId, useRef } from "react";
import { t } from "../texts";
import { speak } from "./store";

const MOST = 300;

interface Props {
  text: string;
  onText: (text: string) => void;
}

/** Where one types a sentence; what is sent is gone from it. */
export function Composer({ text, onText }: Props) {
  const id = useId();
  const field = useRef<HTMLInputElement>(null);

  function submit(event: Event): void {
    event.preventDefault();
    const said = text.trim();
    if (!said) return;
    onText("");
    field.current?.focus();
    void speak(said);
  }

  return (
    <form className="flex items-end gap-2" onSubmit={submit}>
      <div className="min-w-0 flex-1">
        <label htmlFor={id} className="sr-only">
          {t.chat.label}
        </label>
        <input
          ref={field}
          id={id}
          className="field bg-surface"
          autoComplete="off"
          enterkeyhint="send"
          maxLength={MOST}
          placeholder={t.chat.placeholder}
          value={text}
          onInput={(event) => onText(event.currentTarget.value)}
        />
      </div>
      <button type="submit" className="button button-main min-h-11" disabled={text.trim() === ""}>
        {t.chat.send}
      </button>
    </form>
  );
}
