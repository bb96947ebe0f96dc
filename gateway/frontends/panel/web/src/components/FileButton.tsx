interface Props {
  label: string;
  /** As the browser's `accept`. */
  accept: string;
  busy: boolean;
  onFile: (file: File) => void;
}

/** Lets one choose a file, in the look of a button. */
export function FileButton({ label, accept, busy, onFile }: Props) {
  return (
    <label
      className={`button cursor-pointer focus-within:outline-2 focus-within:outline-offset-2 focus-within:outline-accent ${busy ? "opacity-50" : ""}`}
    >
      {label}
      <input
        type="file"
        className="sr-only"
        accept={accept}
        disabled={busy}
        onChange={(event) => {
          const input = event.currentTarget;
          const file = input.files?.[0];
          // The same file can be chosen again.
          input.value = "";
          if (file) onFile(file);
        }}
      />
    </label>
  );
}
