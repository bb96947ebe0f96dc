import type { PlantStatus } from "../api/home";
import { t } from "../texts";

const looks: Record<PlantStatus, { text: string; dot: string }> = {
  ok: { text: "text-good", dot: "bg-good" },
  alert: { text: "text-bad", dot: "bg-bad" },
  unknown: { text: "text-warn", dot: "border-2 border-warn" },
  unassigned: { text: "text-soft", dot: "border-2 border-soft" },
};

/** How a plant is: a word, a colour and a shape. */
export function PlantMark({ status }: { status: PlantStatus }) {
  const look = looks[status];
  return (
    <span className={`inline-flex items-center gap-1.5 text-sm font-medium whitespace-nowrap ${look.text}`}>
      <span className={`size-2 rounded-full ${look.dot}`} aria-hidden="true" />
      {t.plants.status[status]}
    </span>
  );
}
