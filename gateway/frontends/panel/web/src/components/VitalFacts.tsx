import type { Vitals } from "../api/types";
import { formatBytes } from "../format/bytes";
import { formatSpan } from "../format/time";
import { t } from "../texts";
import { Fact } from "./Fact";

/** What a node said of itself in its last heartbeat. */
export function VitalFacts({ vitals }: { vitals: Vitals }) {
  const { uptime_s: uptime, rssi_dbm: signal, free_heap_bytes: heap, self_test: test } = vitals;
  return (
    <>
      {uptime !== null && <Fact name={t.device.uptime}>{formatSpan(uptime * 1000)}</Fact>}
      {signal !== null && <Fact name={t.device.signal}>{signal}&#8239;dBm</Fact>}
      {heap !== null && <Fact name={t.device.memory}>{formatBytes(heap)}</Fact>}
      {test !== null && <Fact name={t.device.selfTest}>{test}</Fact>}
    </>
  );
}
