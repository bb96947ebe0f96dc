import { ranges, type Range } from "../chart/ranges";
import { t } from "../texts";

/** How far back the charts look. */
export function RangePicker({ range, onRange }: { range: Range; onRange: (range: Range) => void }) {
  return (
    <div role="group" aria-label={t.device.range} className="flex rounded-lg border border-line bg-surface p-0.5">
      {ranges.map((each) => (
        <button
          key={each}
          type="button"
          aria-pressed={each === range}
          className={`min-h-9 rounded-md px-3 text-sm font-medium ${each === range ? "bg-accent text-accent-ink" : "text-soft hover:text-ink"}`}
          onClick={() => onRange(each)}
        >
          {t.range[each]}
        </button>
      ))}
    </div>
  );
}
