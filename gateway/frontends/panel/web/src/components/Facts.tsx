import type { Device } from "../api/types";
import { kindOf } from "../format/kind";
import { formatInstant, parseTime } from "../format/time";
import { t } from "../texts";
import { Fact } from "./Fact";
import { VitalFacts } from "./VitalFacts";

/** What is known of a device besides its readings. */
export function Facts({ device }: { device: Device }) {
  const first = parseTime(device.created_at);
  const last = parseTime(device.last_seen_at);
  return (
    <section className="card p-5" aria-labelledby="facts">
      <h2 id="facts" className="text-sm font-medium">
        {t.device.facts}
      </h2>
      <dl className="mt-3 grid grid-cols-2 gap-x-6 gap-y-3 lg:grid-cols-3 xl:grid-cols-6">
        <Fact name={t.device.kind}>{t.kind[kindOf(device)]}</Fact>
        <Fact name={t.device.id}>
          <code className="font-mono text-sm">{device.id}</code>
        </Fact>
        <Fact name={t.device.mac}>
          <code className="font-mono text-sm">{device.mac_address || t.device.unknown}</code>
        </Fact>
        <Fact name={t.device.firmware}>{device.firmware_version || t.device.unknown}</Fact>
        <Fact name={t.device.firstSeen}>{first === null ? t.device.unknown : formatInstant(first)}</Fact>
        <Fact name={t.device.lastSeen}>{last === null ? t.age.never : formatInstant(last)}</Fact>
        {device.vitals && <VitalFacts vitals={device.vitals} />}
        {device.missing > 0 && <Fact name={t.device.missing}>{device.missing}</Fact>}
      </dl>
    </section>
  );
}
