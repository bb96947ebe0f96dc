import type { RuleReadBack } from "../api/chat";
import { Days, daily } from "../rules/Days";
import { t } from "../texts";

/** A rule in the gateway's words, and a bar for each day on which it would have fired; the rest is in the answer. */
export function RuleCard({ rule: { text, backtest } }: { rule: RuleReadBack }) {
  return (
    <div className="flex min-w-0 flex-col gap-3 text-sm" role="group" aria-label={t.chat.rule}>
      <p className="rounded-lg bg-raised px-3 py-2.5 font-medium break-words">{text}</p>
      {backtest && backtest.firings.length > 0 && (
        <Days days={daily(backtest.firings, backtest.from_ms, backtest.to_ms)} />
      )}
      {backtest?.warnings.map((warning) => (
        <p key={warning} className="rounded-lg bg-warn-wash px-3 py-2 text-warn">
          {warning}
        </p>
      ))}
    </div>
  );
}
