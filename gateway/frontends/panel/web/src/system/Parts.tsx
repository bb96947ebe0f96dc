import type { PartHealth } from "../api/types";
import { Fact } from "../components/Fact";
import { t } from "../texts";
import { Section } from "./Section";

const CHANNEL = "channel-";

/** How each part of the gateway is. */
export function Parts({ parts }: { parts: Record<string, PartHealth> }) {
  return (
    <Section title={t.system.health}>
      <dl className="grid grid-cols-2 gap-x-6 gap-y-3 lg:grid-cols-4">
        {Object.entries(parts).map(([name, part]) => (
          <Fact key={name} name={partName(name)}>
            <span className={part.ok ? "font-medium text-good" : "font-medium text-bad"}>
              {part.ok ? t.system.well : part.detail}
            </span>
          </Fact>
        ))}
      </dl>
    </Section>
  );
}

/** A part as people call it; one the catalogue does not know keeps its name. */
export function partName(name: string): string {
  if (name.startsWith(CHANNEL)) return t.system.channel(name.slice(CHANNEL.length));
  return t.system.part[name] ?? name;
}
