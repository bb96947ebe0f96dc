import type { Device } from "../api/types";
import { kindOf } from "../format/kind";
import { devicePath } from "../router";
import { t } from "../texts";
import { Age } from "./Age";
import { CardValues } from "./CardValues";
import { Icon } from "./Icon";
import { SimulatedBadge } from "./SimulatedBadge";
import { StatusMark } from "./StatusMark";
import { StatusReason } from "./StatusReason";
import { WindowWhy } from "./WindowWhy";

/** One device at a glance; the whole card leads to its page. */
export function DeviceCard({ device }: { device: Device }) {
  const kind = kindOf(device);
  return (
    <li className="card relative flex min-w-0 flex-col transition-colors focus-within:border-accent hover:border-soft">
      <div className="flex items-start gap-3 p-4 pb-0">
        <span className="grid size-10 place-items-center rounded-lg bg-accent-wash text-accent" title={t.kind[kind]}>
          <Icon name={kind} />
        </span>
        <div className="min-w-0 flex-1">
          <h2 className="truncate leading-6 font-semibold">
            <a className="after:absolute after:inset-0 after:rounded-xl" href={devicePath(device.id)}>
              {device.name}
            </a>
          </h2>
          <p className="flex h-6 items-center justify-between gap-2">
            <span className="flex min-w-0 items-center gap-2">
              <StatusMark device={device} />
              {device.asset_name && device.asset_name !== device.name && (
                <span className="truncate text-sm text-soft">{device.asset_name}</span>
              )}
            </span>
            {device.simulated && <SimulatedBadge />}
          </p>
        </div>
      </div>
      <CardValues device={device} />
      {device.window && <WindowWhy brief={device.window} />}
      <p className="mt-auto flex justify-between gap-3 border-t border-line px-4 py-2 text-xs leading-5">
        <span className="shrink-0">
          <Age device={device} />
        </span>
        <StatusReason device={device} className="min-w-0 truncate" />
      </p>
    </li>
  );
}
