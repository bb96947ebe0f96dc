import { formatValue } from "../format/numbers";
import { t } from "../texts";
import { levelOf, type Level } from "./words";

const looks: Record<Level, string> = { high: "fill-good", middle: "fill-accent", low: "fill-warn" };

/** How sure a decision is: a word, and how far a bar is filled; what it means on hover. */
export function Sureness({ confidence }: { confidence: number }) {
  const level = levelOf(confidence);
  const percent = formatValue(100 * confidence, "%");
  return (
    <span
      className="inline-flex items-center gap-1.5 whitespace-nowrap"
      title={t.decisions.surenessMeans(percent)}
      data-sureness={level}
    >
      <svg className="h-1.5 w-10 shrink-0" viewBox="0 0 40 6" aria-hidden="true">
        <rect width="40" height="6" rx="3" className="fill-raised stroke-line" />
        <rect width={40 * Math.min(1, Math.max(0, confidence))} height="6" rx="3" className={looks[level]} />
      </svg>
      <span>
        {t.decisions.sureness[level]}, {percent}
      </span>
    </span>
  );
}
