import { devicesPath } from "../router";
import { t } from "../texts";
import { Icon } from "./Icon";

/** To the list of all devices. */
export function BackLink() {
  return (
    <a href={devicesPath} className="inline-flex items-center gap-1 py-1 text-sm font-medium text-accent hover:underline">
      <Icon name="back" className="size-4" />
      {t.device.back}
    </a>
  );
}
