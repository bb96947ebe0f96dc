import type { Reply } from "../api/chat";
import { SimulatedBadge } from "../components/SimulatedBadge";
import { formatClock } from "../format/time";
import { devicePath } from "../router";
import { t } from "../texts";
import { Offered } from "./Offered";
import { Proposed } from "./Proposed";
import { RuleCard } from "./RuleCard";
import { speakAgain, type Exchange } from "./store";

/** What was said and answered; only the newest proposal can be answered. */
export function Talk({ exchanges }: { exchanges: readonly Exchange[] }) {
  const newest = exchanges.findLast(({ reply }) => reply?.proposal);
  return (
    <div className="flex flex-col gap-4" role="log" aria-label={t.chat.log}>
      {exchanges.map((exchange) => (
        <article key={exchange.id} className="flex flex-col gap-2">
          <p className="max-w-[min(85%,42rem)] self-end rounded-2xl rounded-br-md bg-accent px-4 py-2 break-words text-accent-ink">
            <span className="sr-only">{t.chat.you}: </span>
            {exchange.text}
          </p>
          <Answer exchange={exchange} isNewest={exchange === newest} isLast={exchange === exchanges[exchanges.length - 1]} />
        </article>
      ))}
    </div>
  );
}

interface Props {
  exchange: Exchange;
  /** Nothing newer was proposed. */
  isNewest: boolean;
  /** Nothing newer was said. */
  isLast: boolean;
}

function Answer({ exchange, isNewest, isLast }: Props) {
  const { id, reply, error, news, settled, atMs } = exchange;
  if (error !== null) {
    return (
      <div className="flex max-w-full flex-wrap items-center gap-3 self-start rounded-2xl rounded-bl-md bg-bad-wash px-4 py-2 text-bad" role="alert">
        <span className="min-w-0 break-words">{error}</span>
        <button type="button" className="button min-h-9 px-3" onClick={() => void speakAgain(id)}>
          {t.chat.again}
        </button>
      </div>
    );
  }
  if (reply === null) {
    return <p className="self-start rounded-2xl rounded-bl-md bg-raised px-4 py-2 text-soft">{t.chat.waiting}</p>;
  }
  const corrected = reply.intent.corrected?.map(([written, taken]) => `${written} → ${taken}`).join(", ");
  return (
    <div
      className={`card flex min-w-0 flex-col gap-3 self-start rounded-2xl rounded-bl-md px-4 py-3 ${reply.rule ? "w-full max-w-2xl" : "max-w-[min(95%,42rem)]"}`}
      data-kind={reply.kind}
    >
      {reply.rule && <RuleCard rule={reply.rule} />}
      <p className="break-words whitespace-pre-line">{wordsOf(reply)}</p>
      {news.map(({ text, done }, number) => (
        <p key={number} className={`text-sm font-medium break-words ${done ? "text-good" : "text-warn"}`} role="status">
          {text}
        </p>
      ))}
      {isLast && !reply.proposal && <Offered candidates={reply.intent.candidates ?? []} />}
      {reply.proposal && <Proposed proposal={reply.proposal} isRule={reply.kind === "rule"} isOpen={isNewest && !settled} />}
      <p className="flex flex-wrap items-center gap-x-3 gap-y-1 text-xs text-soft">
        <time dateTime={new Date(atMs).toISOString()}>{formatClock(atMs)}</time>
        {reply.simulated && <SimulatedBadge />}
        {reply.intent.source === "assistant" && (
          <abbr className="font-medium no-underline" title={t.chat.assistantHint}>
            {t.chat.assistant}
          </abbr>
        )}
        {corrected && <span>{t.chat.corrected(corrected)}</span>}
        {[...new Set(reply.series?.map(({ device }) => device))].slice(0, 1).map((device) => (
          <a key={device} className="text-accent hover:underline" href={devicePath(device)}>
            {t.chat.course}
          </a>
        ))}
      </p>
    </div>
  );
}

/** The answer without the rule it begins with, which is shown above it. */
function wordsOf({ reply, rule }: Reply): string {
  return rule && reply.startsWith(rule.text) ? reply.slice(rule.text.length).trim() : reply;
}
