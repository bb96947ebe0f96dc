import { useState, type ReactNode } from "react";
import type { Rehearsed, WouldFire } from "../api/rules";
import { Fact } from "../components/Fact";
import { formatNumber } from "../format/numbers";
import { formatClock, formatInstant, formatSpan } from "../format/time";
import { t } from "../texts";
import { Days, daily } from "./Days";

const FIRST = 8;

/** What a rehearsal has found: a bar a day, figures, and each firing. */
export function RehearsalFound({ found }: { found: Rehearsed }) {
  const fired = found.firings.filter(({ part }) => part === "then");
  const left = Object.entries(found.left).filter(([, count]) => count > 0);
  return (
    <div className="flex flex-col gap-4 text-sm" role="group" aria-label={t.rules.rehearsal}>
      <p className="font-medium" role="status">
        {fired.length === 0 ? t.rules.wouldNever : t.rules.wouldFire(fired.length)}
      </p>
      <Days days={daily(found.firings, found.from_ms, found.to_ms)} />
      <dl className="grid grid-cols-2 gap-x-6 gap-y-3 sm:grid-cols-4">
        <Fact name={t.rules.mostADay}>{found.most_a_day}</Fact>
        <Fact name={t.rules.onFor}>{formatSpan(found.on_s * 1000)}</Fact>
        <Fact name={t.rules.flapping}>{found.flapping}</Fact>
        <Fact name={t.rules.readings}>
          {t.rules.readingsOf(formatNumber(found.readings, null, 0), found.series, `${formatNumber(found.took_s, null, 1)}\u202fs`)}
        </Fact>
      </dl>
      {found.warnings.map((warning) => (
        <p key={warning} className="rounded-lg bg-warn-wash px-3 py-2.5 text-warn">
          {warning}
        </p>
      ))}
      {fired.length > 0 && <Fired fired={fired} />}
      {found.conflicts.map((conflict) => (
        <p key={conflict.other} className="rounded-lg bg-warn-wash px-3 py-2.5 text-warn">
          {t.rules.beside(conflict.text, conflict.count)}
        </p>
      ))}
      {found.held.length > 0 && (
        <Lines title={t.rules.heldTitle}>
          {found.held.map(({ reason, count, longest_s: longest }) => (
            <li key={reason}>
              {reason} <span className="text-soft">{t.rules.heldTimes(count, formatSpan(longest * 1000))}</span>
            </li>
          ))}
        </Lines>
      )}
      {found.conditions.length > 0 && (
        <Lines title={t.rules.shares}>
          {found.conditions.map(({ path, text, share_true: truly, share_unknown: unknown }) => (
            <li key={path}>
              {text || path}{" "}
              <span className="text-soft">
                {t.rules.share(percent(truly))}
                {unknown >= 0.001 && `, ${t.rules.unknownShare(percent(unknown))}`}
              </span>
            </li>
          ))}
        </Lines>
      )}
      <p className="text-xs text-soft">
        {t.rules.asIfInTime}
        {found.exact_from_ms > found.from_ms && ` ${t.rules.exactFrom(formatInstant(found.exact_from_ms))}`}
        {left.length > 0 && ` ${t.rules.leftOut(left.map(([what, count]) => `${count} ${what}`).join(", "))}`}
      </p>
    </div>
  );
}

function Fired({ fired }: { fired: readonly WouldFire[] }) {
  const [all, setAll] = useState(false);
  const newest = [...fired].reverse();
  return (
    <div className="flex flex-col gap-2">
      <ol className="flex flex-col gap-1.5">
        {(all ? newest : newest.slice(0, FIRST)).map((each) => (
          <li key={each.time_ms} className="flex flex-col sm:flex-row sm:gap-3">
            <time className="shrink-0 font-medium tabular-nums" dateTime={new Date(each.time_ms).toISOString()}>
              {each.until_ms === null
                ? formatInstant(each.time_ms)
                : t.rules.until(formatInstant(each.time_ms), untilWords(each.time_ms, each.until_ms))}
            </time>
            <span className="min-w-0 break-words text-soft">{each.why}</span>
          </li>
        ))}
      </ol>
      {!all && newest.length > FIRST && (
        <button type="button" className="button self-start" onClick={() => setAll(true)}>
          {t.rules.showAll(newest.length)}
        </button>
      )}
    </div>
  );
}

function Lines({ title, children }: { title: string; children: ReactNode }) {
  return (
    <div>
      <h3 className="text-xs text-soft">{title}</h3>
      <ul className="mt-1 flex flex-col gap-0.5">{children}</ul>
    </div>
  );
}

/** On the same day the time is enough. */
function untilWords(fromMs: number, toMs: number): string {
  return new Date(fromMs).toDateString() === new Date(toMs).toDateString() ? formatClock(toMs) : formatInstant(toMs);
}

function percent(share: number): string {
  if (share > 0 && share < 0.0005) return "< 0.1\u202f%";
  const places = share > 0 && share < 0.01 ? 1 : 0;
  return `${formatNumber(100 * share, null, places)}\u202f%`;
}
