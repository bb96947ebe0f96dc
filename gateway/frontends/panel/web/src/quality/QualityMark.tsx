import { useEffect, useId, useState } from "react";
import type { Shown } from "../api/types";
import { Icon } from "../components/Icon";
import { metricName } from "../format/metric";
import { formatInstant } from "../format/time";
import { t } from "../texts";
import { Dismiss } from "./Dismiss";
import { flagMeans, flagWord, flagWords } from "./words";

interface Props {
  /** Given where its owner may say that this is normal. */
  device?: string;
  metric: string;
  latest: Shown;
  /** With the words beside the sign. */
  words?: boolean;
}

/** A sign that a value is doubtful; what is wrong is told on hover and on a tap. */
export function QualityMark({ device, metric, latest, words = false }: Props) {
  const flags = latest.quality;
  const [open, setOpen] = useState(false);
  const bubble = useId();
  useEffect(() => {
    if (!open) return;
    const close = () => setOpen(false);
    const onKey = (event: KeyboardEvent) => event.key === "Escape" && close();
    document.addEventListener("click", close);
    document.addEventListener("keydown", onKey);
    return () => {
      document.removeEventListener("click", close);
      document.removeEventListener("keydown", onKey);
    };
  }, [open]);
  if (flags.length === 0) return null;
  return (
    // Above the card's link, which covers the whole card.
    <span className="relative z-10 inline-block align-middle" data-quality={flags.join(" ")}>
      <button
        type="button"
        className="inline-flex items-center gap-1 rounded bg-warn-wash px-1 py-0.5 text-xs leading-4 font-semibold text-warn"
        title={flags.map(flagMeans).join(" ")}
        aria-label={t.qualityMark(metricName(metric), flagWords(flags))}
        aria-expanded={open}
        aria-controls={bubble}
        onClick={(event) => {
          event.stopPropagation();
          setOpen(!open);
        }}
      >
        <Icon name="alert" className="size-3.5" />
        {words && <span>{flagWords(flags)}</span>}
      </button>
      {open && (
        <span
          id={bubble}
          role="note"
          onClick={(event) => event.stopPropagation()}
          className="fixed inset-x-4 bottom-4 z-20 mx-auto flex max-w-md flex-col gap-1 rounded-xl border border-warn bg-surface p-4 text-left text-sm leading-6 font-normal whitespace-normal text-ink shadow-lg"
        >
          {flags.map((flag) => (
            <span key={flag}>
              <strong className="text-warn">{flagWord(flag)}</strong> {flagMeans(flag)}
            </span>
          ))}
          <span className="text-soft">{t.measured(formatInstant(latest.time_ms))}</span>
          {device && <Dismiss device={device} metric={metric} flags={flags} onDone={() => setOpen(false)} />}
        </span>
      )}
    </span>
  );
}
