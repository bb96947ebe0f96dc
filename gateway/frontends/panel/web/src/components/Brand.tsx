import { t } from "../texts";

/** The gateway's sign and name. */
export function Brand({ className = "" }: { className?: string }) {
  return (
    <span className="flex items-center gap-2.5 font-semibold">
      <img src="/icon.svg" alt="" width="28" height="28" className="size-7" />
      <span className={className}>{t.product}</span>
    </span>
  );
}
