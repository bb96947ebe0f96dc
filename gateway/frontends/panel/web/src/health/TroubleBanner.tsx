import { Icon } from "../components/Icon";
import { partName } from "../system/Parts";
import { t } from "../texts";
import { useHealth } from "./store";

/** The gateway does not do what it is there for. */
const LOUD = new Set(["store"]);
const titles: Record<string, string | undefined> = {
  store: t.trouble.store,
  disk: t.trouble.disk,
  clock: t.trouble.clock,
  card: t.trouble.card,
};

/** Says on every page what is not well with the gateway itself, the worst first. */
export function TroubleBanner() {
  const unwell = Object.entries(useHealth()?.parts ?? {}).filter(([, part]) => !part.ok);
  unwell.sort(([a], [b]) => Number(LOUD.has(b)) - Number(LOUD.has(a)) || a.localeCompare(b));
  return (
    <div role="alert">
      {unwell.map(([name, part]) => (
        <p
          key={name}
          className={`flex items-start justify-center gap-3 border-b px-4 py-3 text-sm ${LOUD.has(name) ? "border-bad bg-bad-wash text-bad" : "border-warn bg-warn-wash text-warn"}`}
        >
          <Icon name="alert" />
          <span className="max-w-3xl">
            <strong>{titles[name] ?? t.trouble.other(partName(name))}.</strong> {part.detail && sentence(part.detail)}
          </span>
        </p>
      ))}
    </div>
  );
}

function sentence(text: string): string {
  const start = text.charAt(0).toUpperCase() + text.slice(1);
  return /[.!?]$/.test(start) ? start : `${start}.`;
}
