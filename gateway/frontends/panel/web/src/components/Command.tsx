import { t } from "../texts";
import { CopyButton } from "./CopyButton";

/** A command for a terminal, to be copied. */
export function Command({ text }: { text: string }) {
  return (
    <figure className="rounded-lg border border-line bg-page">
      <figcaption className="flex min-h-12 items-center justify-between gap-3 border-b border-line py-1.5 pr-1.5 pl-4 text-xs font-medium text-soft">
        {t.add.commandTitle}
        <CopyButton text={text} label={t.add.copyCommand} />
      </figcaption>
      <pre className="overflow-x-auto p-4 font-mono text-[0.8125rem] leading-6" tabIndex={0}>
        <code>{text}</code>
      </pre>
    </figure>
  );
}
