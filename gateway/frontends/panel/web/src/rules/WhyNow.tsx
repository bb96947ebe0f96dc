import type { Cause, Why } from "../api/rules";
import { useNow } from "../clock";
import { Card } from "../components/Card";
import { ErrorNote } from "../components/ErrorNote";
import { formatAge, formatInstant, formatSpan } from "../format/time";
import { t } from "../texts";
import { useWhy } from "./useRules";
import { truthLooks, truthSigns } from "./words";

/** Each part of a rule, whether it is true now, and what holds it back. */
export function WhyNow({ rule }: { rule: string }) {
  const { value: why, error } = useWhy(rule);
  return (
    <Card title={t.rules.why}>
      <ErrorNote text={error} />
      {!why && !error && <p className="text-sm text-soft">{t.rules.whyLoading}</p>}
      {why && <Told why={why} />}
    </Card>
  );
}

function Told({ why }: { why: Why }) {
  const now = useNow();
  const waits = why.waits_until_ms;
  const rests = why.cooldown_until_ms;
  const isWaiting = why.state === "waiting" || why.state === "not true" || why.state === "holds";
  return (
    <div className="flex flex-col gap-3 text-sm" aria-live="polite">
      {why.reason && !why.causes.some(({ text }) => text === why.reason) && (
        <p className={isWaiting ? "rounded-lg bg-raised px-3 py-2.5" : "rounded-lg bg-warn-wash px-3 py-2.5 text-warn"}>
          {why.reason}
        </p>
      )}
      {why.causes.length > 0 && <Causes causes={why.causes} />}
      {why.since_ms !== null && <p className="text-soft">{t.rules.since(formatInstant(why.since_ms))}</p>}
      {waits !== null && waits > now && <p className="text-soft">{t.rules.waitsUntil(formatSpan(waits - now))}</p>}
      {rests !== null && rests > now && <p className="text-soft">{t.rules.cooldown(formatSpan(rests - now))}</p>}
      {why.next_ms !== null && <p className="text-soft">{t.rules.next(formatInstant(why.next_ms))}</p>}
      {why.causes.length === 0 && why.next_ms === null && <p className="text-soft">{t.rules.stateMeans[why.state]}</p>}
    </div>
  );
}

/** Parts of a rule and what they said, each with a sign and a word. `live`: with the age of each value. */
export function Causes({ causes, live = true }: { causes: readonly Cause[]; live?: boolean }) {
  return (
    <ul className="flex flex-col gap-1.5">
      {causes.map((cause) => (
        <li key={cause.path} className="flex items-baseline gap-2">
          <span className={`w-3 shrink-0 text-center font-semibold ${truthLooks[cause.truth]}`} aria-hidden="true">
            {truthSigns[cause.truth]}
          </span>
          <span className="min-w-0 break-words">
            {cause.text || cause.path}
            <span className={`ml-2 text-xs ${truthLooks[cause.truth]}`}>{t.rules.truth[cause.truth]}</span>
            {live && cause.age_s !== null && cause.age_s >= 2 && (
              <span className="ml-2 text-xs text-soft">{formatAge(cause.age_s * 1000)}</span>
            )}
          </span>
        </li>
      ))}
    </ul>
  );
}
