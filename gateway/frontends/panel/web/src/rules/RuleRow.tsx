import type { Rule } from "../api/rules";
import { useNow } from "../clock";
import { SimulatedBadge } from "../components/SimulatedBadge";
import { formatAge, formatInstant } from "../format/time";
import { rulePath } from "../router";
import { t } from "../texts";
import { ModeSwitch } from "./ModeSwitch";
import { StateMark } from "./StateMark";

/** One rule: what it says, how it stands and why, and how far it may go. */
export function RuleRow({ rule, onChange }: { rule: Rule; onChange: () => void }) {
  return (
    <li className="flex flex-col gap-3 p-4 sm:flex-row sm:items-start sm:justify-between sm:gap-6">
      <div className="flex min-w-0 flex-col gap-1">
        <div className="flex flex-wrap items-center gap-x-3 gap-y-1">
          <a href={rulePath(rule.id)} className="font-semibold text-accent hover:underline">
            {rule.name}
          </a>
          <StateMark rule={rule} />
          {rule.simulated && <SimulatedBadge />}
        </div>
        <p className="text-sm break-words">{rule.text}</p>
        <p className="text-sm break-words text-soft">
          {rule.reason && <span>{rule.reason} · </span>}
          <LastFired rule={rule} />
        </p>
      </div>
      <div className="shrink-0">
        <ModeSwitch rule={rule} onChange={onChange} />
      </div>
    </li>
  );
}

/** When it last fired, and how often in a day. */
export function LastFired({ rule: { last_fired_ms: fired, firings_24h: count } }: { rule: Rule }) {
  const now = useNow(10_000);
  if (fired === null) return t.rules.never;
  return (
    <>
      <time dateTime={new Date(fired).toISOString()} title={formatInstant(fired)}>
        {t.rules.fired(formatAge(now - fired))}
      </time>
      {count > 1 && `, ${t.rules.firedToday(count)}`}
    </>
  );
}
