import { useDevices } from "../live/hooks";
import { devicePath } from "../router";
import { t } from "../texts";

/** Which devices measure something, each leading to its page. */
export function DeviceLinks({ ids }: { ids: readonly string[] }) {
  const devices = useDevices();
  if (ids.length === 0) return <span className="text-soft">{t.places.noDevice}</span>;
  return (
    <>
      {ids.map((id, index) => (
        <span key={id}>
          {index > 0 && ", "}
          <a className="text-accent hover:underline" href={devicePath(id)}>
            {devices.find((device) => device.id === id)?.name ?? id}
          </a>
        </span>
      ))}
    </>
  );
}
