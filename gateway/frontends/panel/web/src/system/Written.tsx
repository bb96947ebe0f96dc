import type { SystemState } from "../api/types";
import { Fact } from "../components/Fact";
import { formatBytes } from "../format/bytes";
import { t } from "../texts";
import { Bar } from "./Bar";
import { Section } from "./Section";

/** What the gateway writes to the disk, against its budget, and how long the card lasts. */
export function Written({ wear }: { wear: SystemState["wear"] }) {
  if (!wear.measured) {
    return (
      <Section title={t.system.written}>
        <p className="text-sm text-soft">{t.system.notMeasured}</p>
      </Section>
    );
  }
  const { budget_bytes_per_day: budget, total_bytes_per_day: perDay, over_budget: over } = wear;
  const parts = Object.entries(wear.part_bytes_per_day).sort(([, a], [, b]) => b - a);
  return (
    <Section title={t.system.written}>
      {budget > 0 && <Bar part={wear.today.total_bytes} whole={budget} isBad={over} />}
      <dl className="grid grid-cols-2 gap-x-6 gap-y-3 sm:grid-cols-4">
        <Fact name={t.system.today}>
          {formatBytes(wear.today.total_bytes)}
          {over && <span className="block font-medium text-bad">{t.system.overBudget}</span>}
        </Fact>
        <Fact name={t.system.perDay}>{perDay === null ? t.system.tooSoon : formatBytes(perDay)}</Fact>
        <Fact name={t.system.budget}>{budget > 0 ? formatBytes(budget) : t.system.noBudget}</Fact>
        <Fact name={t.system.life}>
          {wear.life.text}
          <span className="block text-xs text-soft">{wear.life.basis}</span>
        </Fact>
      </dl>
      {parts.length > 0 && (
        <>
          <h3 className="text-xs text-soft">{t.system.parts}</h3>
          <dl className="grid grid-cols-2 gap-x-6 gap-y-3 sm:grid-cols-4">
            {parts.map(([name, bytes]) => (
              <Fact key={name} name={name.replaceAll("_", " ")}>
                {formatBytes(bytes)}
              </Fact>
            ))}
          </dl>
        </>
      )}
    </Section>
  );
}
