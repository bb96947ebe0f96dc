import { useState } from "react";
import { t } from "../texts";
import { Icon } from "./Icon";

const SHOWN_MS = 2000;

/** Copies `text`; absent where the browser does not let a page copy (plain HTTP on the network). */
export function CopyButton({ text, label }: { text: string; label: string }) {
  const [copied, setCopied] = useState(false);
  if (!window.isSecureContext) return null;

  async function copy(): Promise<void> {
    await navigator.clipboard.writeText(text);
    setCopied(true);
    window.setTimeout(() => setCopied(false), SHOWN_MS);
  }

  return (
    <button type="button" className="button min-h-9 px-3" aria-label={label} onClick={() => void copy()}>
      <Icon name={copied ? "check" : "copy"} className="size-4" />
      <span aria-live="polite">{copied ? t.add.copied : t.add.copy}</span>
    </button>
  );
}
