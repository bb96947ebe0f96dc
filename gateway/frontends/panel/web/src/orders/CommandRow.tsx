import { cancelCommand, type Command, type CommandStatus, type Verb } from "../api/home";
import { ErrorNote } from "../components/ErrorNote";
import { SimulatedMark } from "../components/SimulatedMark";
import { useAction } from "../components/useAction";
import { useNow } from "../clock";
import { formatAge, formatClock, formatDay, formatInstant } from "../format/time";
import { tracePath } from "../router";
import { t } from "../texts";
import { commandWords } from "./words";

const looks: Record<CommandStatus, string> = {
  queued: "text-warn",
  sent: "text-warn",
  accepted: "text-accent",
  expired: "text-bad",
  failed: "text-bad",
  done: "text-good",
};

/** One command: what was asked, how far it is, and on demand every step. */
export function CommandRow({ command, known }: { command: Command; known: Verb | undefined }) {
  const now = useNow();
  const { busy, error, run } = useAction();
  const words = commandWords(command, known);
  return (
    <li className="flex flex-col gap-1 py-3 text-sm">
      <div className="flex flex-wrap items-baseline gap-x-3 gap-y-1">
        <span className="font-medium">{words}</span>
        {command.simulated && <SimulatedMark />}
        {/* Read aloud when it changes: somebody waits for it. */}
        <span className="flex min-w-0 flex-wrap gap-x-3" aria-live="polite">
          <span className={`font-medium ${looks[command.status]}`} title={t.orders.means[command.status]}>
            {t.orders.status[command.status]}
          </span>
          <span className="min-w-0 break-words text-soft">{command.detail}</span>
        </span>
        <time
          className="ml-auto text-xs text-soft"
          dateTime={command.created_at}
          title={formatInstant(command.created_ms)}
        >
          {formatAge(now - command.created_ms)}
        </time>
      </div>
      <details className="text-soft">
        <summary className="w-fit cursor-pointer py-1 text-xs">
          {t.orders.history}
          {command.who && ` · ${t.orders.by(command.who)}`}
        </summary>
        <ol className="mt-1 flex flex-col gap-1 border-l-2 border-line pl-3">
          {command.history.map((step) => (
            <li key={step.status} className="flex flex-wrap gap-x-3">
              <time className="text-xs leading-5" dateTime={step.time}>
                {formatDay(step.time_ms)}, {formatClock(step.time_ms, true)}
              </time>
              <span className="font-medium text-ink">{t.orders.status[step.status]}</span>
              <span className="min-w-0 break-words">
                {step.detail} {step.late && <em className="text-warn not-italic">{t.orders.late}</em>}
              </span>
            </li>
          ))}
        </ol>
        <p className="mt-1 text-xs">
          {t.orders.expires(formatInstant(command.expires_ms))}
          {command.correlation && (
            <a className="ml-2 text-accent hover:underline" href={tracePath(command.correlation)} title={t.events.traceHint}>
              {t.events.trace}
            </a>
          )}
        </p>
      </details>
      {command.status === "queued" && (
        <button
          type="button"
          className="button min-h-9 self-start"
          disabled={busy}
          aria-label={t.orders.cancelOf(words)}
          onClick={() => void run(() => cancelCommand(command))}
        >
          {t.orders.cancel}
        </button>
      )}
      <ErrorNote text={error} />
    </li>
  );
}
