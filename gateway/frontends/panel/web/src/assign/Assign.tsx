import { unassign } from "../api/home";
import type { Device } from "../api/types";
import { Card } from "../components/Card";
import { ErrorNote } from "../components/ErrorNote";
import { useAction } from "../components/useAction";
import { AssetLink } from "../places/AssetLink";
import { useAssets } from "../places/usePlaces";
import { t } from "../texts";
import { AssignForm } from "./AssignForm";

/** Which plant, room or machine a device measures, and how to say so. */
export function Assign({ device }: { device: Device }) {
  const { value: assets } = useAssets();
  const { busy, error, run } = useAction();
  const asset = assets?.find(({ id }) => id === device.asset);
  const name = device.asset_name ?? device.asset ?? "";
  return (
    <Card title={t.assign.title}>
      {device.asset === null ? (
        <p className="text-sm text-soft">{t.assign.none}</p>
      ) : (
        <div className="flex flex-wrap items-center justify-between gap-3 text-sm">
          <p className="min-w-0">
            {t.assign.at} {asset ? <AssetLink asset={asset} withKind /> : <strong>{name}</strong>}
          </p>
          <button
            type="button"
            className="button"
            disabled={busy}
            aria-label={t.assign.leaveOf(name)}
            onClick={() => void run(() => unassign(device.id))}
          >
            {t.assign.leave}
          </button>
        </div>
      )}
      <ErrorNote text={error} />
      <AssignForm device={device} assets={assets ?? []} />
      <p className="text-sm text-soft">{t.assign.keeps}</p>
    </Card>
  );
}
