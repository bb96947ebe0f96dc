import type { Step } from "../api/types";
import { SimulatedMark } from "../components/SimulatedMark";
import { kindWord } from "../events/EventRow";
import { formatClock, formatDay } from "../format/time";
import { useDevice } from "../live/hooks";
import { t } from "../texts";

/** What was caused, in the order in which it happened. */
export function Steps({ steps }: { steps: readonly Step[] }) {
  return (
    <section className="card overflow-hidden" aria-label={t.trace.steps}>
      <h2 className="px-5 pt-5 pb-2 text-sm font-medium">{t.trace.steps}</h2>
      {steps.length === 0 && <p className="px-5 pb-5 text-sm text-soft">{t.trace.none}</p>}
      <ol className="divide-y divide-line">
        {steps.map((step, index) => (
          <StepRow key={index} step={step} />
        ))}
      </ol>
    </section>
  );
}

function StepRow({ step }: { step: Step }) {
  const device = useDevice(step.who);
  return (
    <li className="flex flex-wrap items-baseline gap-x-3 gap-y-0.5 px-5 py-2.5 text-sm">
      <time className="w-28 shrink-0 text-xs text-soft" dateTime={new Date(step.time_ms).toISOString()}>
        {formatDay(step.time_ms)}, {formatClock(step.time_ms, true)}
      </time>
      <span className="font-medium">{kindWord(step.kind)}</span>
      <span className="text-soft">
        {device?.name ?? step.who} {step.simulated && <SimulatedMark />}
      </span>
      <span className="w-full min-w-0 break-words sm:w-auto">{step.text}</span>
    </li>
  );
}
