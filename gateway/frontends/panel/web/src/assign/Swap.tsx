import { useState } from "react";
import type { Swapped } from "../api/home";
import type { Device } from "../api/types";
import { Card } from "../components/Card";
import { CopyButton } from "../components/CopyButton";
import { Icon } from "../components/Icon";
import { formatInstant } from "../format/time";
import { t } from "../texts";
import { SwapDialog } from "./SwapDialog";

/** Puts new hardware in a device's place, after saying what that does. */
export function Swap({ device }: { device: Device }) {
  const [asking, setAsking] = useState(false);
  const [swapped, setSwapped] = useState<Swapped | null>(null);
  return (
    <Card title={t.swap.title}>
      <p className="text-sm text-soft">{t.swap.lead}</p>
      <button type="button" className="button self-start" onClick={() => setAsking(true)}>
        <Icon name="swap" className="size-4" />
        {t.swap.start}
      </button>
      <div role="status" className="flex flex-col gap-2 text-sm empty:hidden">
        {swapped && <Outcome swapped={swapped} />}
      </div>
      {asking && (
        <SwapDialog
          device={device}
          onClose={() => setAsking(false)}
          onDone={(done) => {
            setSwapped(done);
            setAsking(false);
          }}
        />
      )}
    </Card>
  );
}

function Outcome({ swapped: { token, expires_ms, warnings } }: { swapped: Swapped }) {
  return (
    <>
      <p className="font-medium text-good">{token ? t.swap.doneToken : t.swap.done}</p>
      {token && (
        <div className="flex items-center gap-2 rounded-lg border border-line bg-page py-1 pr-1 pl-3">
          <code className="min-w-0 flex-1 font-mono break-all" data-testid="swap-token">
            {token}
          </code>
          <CopyButton text={token} label={t.swap.copy} />
        </div>
      )}
      {token && expires_ms !== null && <p className="text-soft">{t.swap.until(formatInstant(expires_ms))}</p>}
      {warnings.map((warning) => (
        <p key={warning} className="text-warn">
          {warning}
        </p>
      ))}
    </>
  );
}
