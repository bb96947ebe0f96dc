import { Fact } from "../components/Fact";
import { Page } from "../components/Page";
import { formatBytes } from "../format/bytes";
import { formatValue } from "../format/numbers";
import { formatSpan } from "../format/time";
import { Models } from "../models/Models";
import { Bar } from "../system/Bar";
import { Parts } from "../system/Parts";
import { Section } from "../system/Section";
import { useSystem } from "../system/useSystem";
import { Written } from "../system/Written";
import { t } from "../texts";

/** The machine the gateway runs on, and how its parts are. */
export default function System() {
  const system = useSystem();
  if (system === null) {
    return (
      <Page title={t.system.title}>
        <p className="text-soft">{t.system.loading}</p>
      </Page>
    );
  }
  const { board, disk, space } = system;
  const low = space.free_bytes < space.warn_below_bytes;
  return (
    <Page title={t.system.title}>
      <Parts parts={system.parts} />
      <Models />
      <Section title={t.system.disk}>
        <Bar part={space.total_bytes - space.free_bytes} whole={space.total_bytes} isBad={low} />
        <p className={`text-sm ${low ? "font-medium text-bad" : ""}`}>
          {t.system.free(formatBytes(space.free_bytes), formatBytes(space.total_bytes))}
          <span className="text-soft"> · {[disk.kind, disk.model, disk.file_system].filter(Boolean).join(", ")}</span>
        </p>
      </Section>
      <Written wear={system.wear} />
      <Section title={t.system.machine}>
        <dl className="grid grid-cols-2 gap-x-6 gap-y-3 lg:grid-cols-3 xl:grid-cols-6">
          <Fact name={t.system.model}>{board.model || t.system.unknown}</Fact>
          <Fact name={t.system.os}>{board.system || t.system.unknown}</Fact>
          <Fact name={t.system.memory}>{memoryOf(board)}</Fact>
          <Fact name={t.system.temperature}>
            {board.temperature_c === null ? t.system.unknown : formatValue(board.temperature_c, "°C")}
          </Fact>
          <Fact name={t.system.up}>{formatSpan(system.up_s * 1000)}</Fact>
          <Fact name={t.system.version}>{system.version}</Fact>
        </dl>
      </Section>
    </Page>
  );
}

function memoryOf({ memory_bytes: all, memory_available_bytes: free }: { memory_bytes: number | null; memory_available_bytes: number | null }): string {
  if (all === null || free === null) return t.system.unknown;
  return t.system.free(formatBytes(free), formatBytes(all));
}
