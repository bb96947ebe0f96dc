import { useState } from "react";
import type { Decision } from "../api/window";
import { SimulatedMark } from "../components/SimulatedMark";
import { formatClock, formatInstant } from "../format/time";
import { useDevice } from "../live/hooks";
import { devicePath } from "../router";
import { t } from "../texts";
import { DecisionDetail } from "./DecisionDetail";
import { OutcomeMark } from "./OutcomeMark";
import { Sureness } from "./Sureness";
import { isAnswered, moves, openingWords } from "./words";

/** One decision: when, how far, and why; on demand everything it rests on. */
export function DecisionRow({ decision, ofHouse }: { decision: Decision; ofHouse: boolean }) {
  const device = useDevice(decision.device);
  const [open, setOpen] = useState(false);
  const position = openingWords(decision.position);
  const isMove = moves.has(decision.outcome);
  return (
    // A phone has it one below the other; where there is room, what became of it stands beside it.
    <li
      className="grid grid-cols-[3.5rem_minmax(0,1fr)] gap-x-3 px-4 py-3 text-sm sm:gap-x-5 sm:px-5 lg:grid-cols-[3.5rem_minmax(0,1fr)_17rem]"
      data-decision={decision.id}
    >
      <p className="row-span-2 flex flex-col">
        <time className="text-xs leading-5 text-soft" dateTime={decision.time} title={formatInstant(decision.time_ms)}>
          {formatClock(decision.time_ms, true)}
        </time>
        <strong className={`text-lg leading-6 ${isMove ? "font-semibold" : "font-medium text-soft"}`}>
          <span className="sr-only">{t.decisions.opening(position)}</span>
          <span aria-hidden="true">{position}</span>
        </strong>
      </p>
      <p className="leading-5 break-words">{decision.why}</p>
      <p className="mt-1 flex min-w-0 flex-wrap content-start items-center gap-x-3 gap-y-0.5 text-xs text-soft lg:row-span-2 lg:mt-0">
        {ofHouse && (
          <a
            className="max-w-full truncate text-sm font-medium text-accent hover:underline"
            href={devicePath(decision.device)}
          >
            {device?.name ?? decision.device}
          </a>
        )}
        {decision.simulated && <SimulatedMark />}
        <OutcomeMark decision={decision} />
        {isAnswered(decision) && <Sureness confidence={decision.confidence} />}
      </p>
      <details
        className="col-span-2 min-w-0 sm:col-span-1 sm:col-start-2"
        onToggle={(event) => setOpen(event.currentTarget.open)}
      >
        <summary className="w-fit cursor-pointer py-1 text-xs text-soft">{t.decisions.detail}</summary>
        {open && <DecisionDetail decision={decision} />}
      </details>
    </li>
  );
}
