import { useLink } from "../live/hooks";
import type { Link } from "../live/store";
import { t } from "../texts";

const looks: Record<Link, string> = {
  connecting: "bg-soft",
  open: "bg-good",
  lost: "bg-bad",
};

/** Whether what the page shows is live, always in the same place. */
export function LinkMark() {
  const link = useLink();
  return (
    <span className="inline-flex items-center gap-2 text-sm text-soft" title={t.link[link]}>
      <span className={`size-2 rounded-full ${looks[link]}`} aria-hidden="true" />
      <span className="sr-only sm:not-sr-only">{t.link[link]}</span>
    </span>
  );
}
