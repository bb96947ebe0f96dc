import type { ReactNode } from "react";
import type { RuleReadBack } from "../api/chat";
import { Days, daily } from "../rules/Days";
import { t } from "../texts";

/** A rule in the gateway's words, what history says of it, and what it is at odds with. */
export function RuleCard({ rule: { text, check, backtest } }: { rule: RuleReadBack }) {
  const fired = backtest?.firings.filter(({ part }) => part === "then").length ?? 0;
  return (
    <div className="flex min-w-0 flex-col gap-3 text-sm" role="group" aria-label={t.chat.rule}>
      <p className="rounded-lg bg-raised px-3 py-2.5 font-medium break-words">{text}</p>
      {backtest ? (
        <>
          <p>{t.chat.history(fired)}</p>
          <Days days={daily(backtest.firings, backtest.from_ms, backtest.to_ms)} />
          {backtest.warnings.map((warning) => (
            <p key={warning} className="rounded-lg bg-warn-wash px-3 py-2 text-warn">
              {warning}
            </p>
          ))}
        </>
      ) : (
        <p className="text-soft">{t.chat.noHistory}</p>
      )}
      <Said title={t.chat.problems} look="text-bad" lines={check.problems.map(({ reason }) => reason)} />
      <Said
        title={t.chat.conflicts}
        look="text-warn"
        lines={[...check.conflicts.map(({ text: said }) => said), ...check.loops.map(({ text: said }) => said)]}
      />
      <Said title={t.chat.warnings} look="text-warn" lines={check.warnings.map(({ reason }) => reason)} />
    </div>
  );
}

function Said({ title, look, lines }: { title: string; look: string; lines: readonly ReactNode[] }) {
  if (lines.length === 0) return null;
  return (
    <div className="flex flex-col gap-1">
      <h3 className={`font-medium ${look}`}>{title}</h3>
      {lines.map((line, number) => (
        <p key={number} className="break-words">
          {line}
        </p>
      ))}
    </div>
  );
}
