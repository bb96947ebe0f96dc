import type { Sync } from "../api/home";
import { t } from "../texts";

const looks: Record<Sync, { text: string; dot: string }> = {
  none: { text: "text-soft", dot: "border-2 border-soft" },
  pending: { text: "text-warn", dot: "border-2 border-warn" },
  in_sync: { text: "text-good", dot: "bg-good" },
  differs: { text: "text-bad", dot: "bg-bad" },
};

/** How far a device is what it is meant to be: a word, a colour and a shape. */
export function SyncMark({ sync }: { sync: Sync }) {
  const look = looks[sync];
  return (
    <span className={`inline-flex items-center gap-1.5 text-sm font-medium ${look.text}`} title={t.shadow.means[sync]}>
      <span className={`size-2 rounded-full ${look.dot}`} aria-hidden="true" />
      {t.shadow.sync[sync]}
    </span>
  );
}
