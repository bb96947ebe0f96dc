import type { Model } from "../api/models";
import { formatNumber } from "../format/numbers";
import { t } from "../texts";
import { numberWords, wordsOf } from "./words";

/** The version that thinks along without moving anything, and how far it is from the one that decides. */
export function Beside({ model, shadow }: { model: Model; shadow: number }) {
  const { compared, mean_difference: difference } = model;
  return (
    <p className="rounded-lg bg-accent-wash px-3 py-2.5 text-sm" aria-live="polite">
      {t.models.shadow(numberWords(shadow))}{" "}
      {compared > 0
        ? t.models.compared(wordsOf(model.name).asked(compared), formatNumber(difference, null, 1))
        : t.models.notCompared}
    </p>
  );
}
