import { useEffect, useId, useRef, type ReactNode } from "react";
import { ErrorNote } from "./ErrorNote";

interface Props {
  title: string;
  yes: string;
  no: string;
  busy: boolean;
  error: string | null;
  onYes: () => void;
  onClose: () => void;
  /** What will happen. */
  children: ReactNode;
}

/** Asks before something that cannot be taken back. Escape is a no. */
export function Confirm({ title, yes, no, busy, error, onYes, onClose, children }: Props) {
  const dialog = useRef<HTMLDialogElement>(null);
  const id = useId();
  useEffect(() => dialog.current?.showModal(), []);
  return (
    <dialog
      ref={dialog}
      aria-labelledby={id}
      onClose={onClose}
      className="m-auto w-[min(34rem,calc(100vw-2rem))] rounded-xl border border-line bg-surface p-6 text-ink shadow-lg backdrop:bg-black/50"
    >
      <div className="flex flex-col gap-4">
        <h2 id={id} className="text-lg font-semibold">
          {title}
        </h2>
        {children}
        <ErrorNote text={error} />
        <div className="flex flex-wrap justify-end gap-2">
          <button type="button" className="button" onClick={() => dialog.current?.close()}>
            {no}
          </button>
          <button type="button" className="button button-bad" disabled={busy} onClick={onYes}>
            {yes}
          </button>
        </div>
      </div>
    </dialog>
  );
}
