import { useState } from "react";
import { acknowledge, type Alert } from "../api/alerts";
import { useNow } from "../clock";
import { ErrorNote } from "../components/ErrorNote";
import { SimulatedMark } from "../components/SimulatedMark";
import { useAction } from "../components/useAction";
import { formatClock, formatInstant, formatSpan } from "../format/time";
import { devicePath, tracePath } from "../router";
import { t } from "../texts";
import { Deliveries } from "./Deliveries";

const looks: Record<Alert["level"], string> = {
  alarm: "bg-bad-wash text-bad",
  warning: "bg-warn-wash text-warn",
  info: "bg-raised text-soft",
};

/** One alert: since when, what it is, who knows of it; on demand who was told. */
export function AlertRow({ alert }: { alert: Alert }) {
  const now = useNow(10_000);
  const [open, setOpen] = useState(false);
  const { opened_ms: opened, over_ms: over } = alert;
  const goesOn = over === null;
  const span = formatSpan((over ?? now) - opened);
  return (
    // A phone has it one below the other; where there is room, what it is stands beside it.
    <li
      className="grid grid-cols-[3.5rem_minmax(0,1fr)] gap-x-3 px-4 py-3 text-sm sm:gap-x-5 sm:px-5 lg:grid-cols-[3.5rem_minmax(0,1fr)_17rem]"
      data-alert={alert.id}
      data-open={goesOn}
    >
      <time className="text-xs leading-5 text-soft" dateTime={new Date(opened).toISOString()} title={formatInstant(opened)}>
        {formatClock(opened)}
      </time>
      <div className="flex min-w-0 flex-col gap-1">
        <p className={`leading-5 break-words ${goesOn ? "font-medium" : ""}`}>
          <What alert={alert} />
        </p>
        {alert.human && <p className="break-words text-soft">{alert.human}</p>}
        {alert.over_text && <p className="break-words text-good">{t.alerts.over(alert.over_text)}</p>}
      </div>
      <p className="col-start-2 mt-1 flex min-w-0 flex-wrap content-start items-center gap-x-3 gap-y-1 text-xs text-soft lg:col-start-3 lg:row-span-3 lg:row-start-1 lg:mt-0">
        <span className={`rounded px-1.5 py-0.5 font-semibold ${looks[alert.level]}`}>
          {t.alerts.level[alert.level] ?? alert.level}
        </span>
        <span>{t.alerts.kind[alert.kind] ?? alert.kind}</span>
        {alert.simulated && <SimulatedMark />}
        {alert.kind !== "notice" && (
          <span className={goesOn ? "font-medium text-ink" : ""}>{goesOn ? t.alerts.since(span) : t.alerts.lasted(span)}</span>
        )}
        {alert.times > 1 && <span>{t.alerts.times(alert.times)}</span>}
        {alert.correlation && (
          <a className="text-accent hover:underline" href={tracePath(alert.correlation)}>
            {t.alerts.trace}
          </a>
        )}
      </p>
      <div className="col-start-2 mt-2 empty:hidden">
        <Known alert={alert} />
      </div>
      <details className="col-start-2 min-w-0" onToggle={(event) => setOpen(event.currentTarget.open)}>
        <summary className="w-fit cursor-pointer py-1.5 text-xs text-soft">{t.alerts.told}</summary>
        {open && <Deliveries alert={alert.id} />}
      </details>
    </li>
  );
}

/** Whose it is, unless its text begins with that, and what. */
function What({ alert: { title, text, device } }: { alert: Alert }) {
  const rest = text.startsWith(title) ? text.slice(title.length) : `: ${text}`;
  if (!device) return <>{title + rest}</>;
  return (
    <>
      <a className="text-accent hover:underline" href={devicePath(device)}>
        {title}
      </a>
      {rest}
    </>
  );
}

/** Whether somebody has said that they know. */
function Known({ alert }: { alert: Alert }) {
  const { busy, error, run } = useAction();
  const { id, title, text, acked_ms: acked, acked_by: who, over_ms: over } = alert;
  if (acked !== null) return <p className="text-xs text-soft">{t.alerts.acked(who, formatInstant(acked))}</p>;
  if (over !== null) return null;
  return (
    <div className="flex flex-col gap-2">
      <button
        type="button"
        className="button min-h-9 self-start px-3 text-xs"
        disabled={busy}
        aria-label={t.alerts.ackOf(`${title}: ${text}`)}
        onClick={() => void run(() => acknowledge(id))}
      >
        {t.alerts.ack}
      </button>
      <ErrorNote text={error} />
    </div>
  );
}
