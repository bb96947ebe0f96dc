import { useState } from "react";
import { getCommands, type Verb } from "../api/home";
import type { Device } from "../api/types";
import { Card } from "../components/Card";
import { ErrorNote } from "../components/ErrorNote";
import { useAnswer } from "../live/useAnswer";
import { t } from "../texts";
import { CommandRow } from "./CommandRow";
import { COMMON, useVerbs, type Verbs } from "./useVerbs";
import { VerbForm } from "./VerbForm";

const FIRST = 5;
const MOST = 500;

/** What a device can be asked to do, and what became of what was asked. */
export function Commands({ device }: { device: Device }) {
  const verbs = useVerbs(device);
  const [limit, setLimit] = useState(FIRST);
  const { value: list, error } = useAnswer(`commands ${device.id} ${limit}`, {
    ask: (signal) => getCommands(device.id, limit, signal),
    ageing: (message) => message.type === "command" && message.command.device === device.id,
  });
  const isOpen = device.approved && !device.revoked;
  return (
    <Card title={t.orders.title}>
      {!isOpen && <p className="text-sm text-soft">{device.revoked ? t.orders.revoked : t.orders.waiting}</p>}
      {isOpen && (
        <div className="flex flex-wrap gap-2">
          {ranked(verbs).map(([verb, known]) => (
            <VerbForm key={verb} device={device} verb={verb} known={known} />
          ))}
        </div>
      )}
      <ErrorNote text={error} />
      {!list && !error && <p className="text-sm text-soft">{t.orders.loading}</p>}
      {list?.commands.length === 0 && <p className="text-sm text-soft">{t.orders.empty}</p>}
      {list && list.commands.length > 0 && (
        <ol className="divide-y divide-line border-t border-line">
          {list.commands.map((command) => (
            <CommandRow key={command.id} command={command} known={verbs[command.verb]} />
          ))}
        </ol>
      )}
      {list?.more && limit < MOST && (
        <button type="button" className="button self-center" onClick={() => setLimit(Math.min(MOST, limit * 4))}>
          {t.orders.more}
        </button>
      )}
    </Card>
  );
}

/** What the device is there for first: what takes something, then what only it can do. */
function ranked(verbs: Verbs): [string, Verb][] {
  const rank = ([verb, { args }]: [string, Verb]) => (verb in COMMON ? 2 : Object.keys(args ?? {}).length > 0 ? 0 : 1);
  return Object.entries(verbs).sort((a, b) => rank(a) - rank(b));
}
