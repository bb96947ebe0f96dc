import { EpisodeList } from "../anomalies/EpisodeList";
import { Choice } from "../components/Choice";
import { Page } from "../components/Page";
import { ordered } from "../format/order";
import { Machines } from "../insight/Machines";
import { useDevices } from "../live/hooks";
import { useAssets } from "../places/usePlaces";
import { anomaliesAtPath, anomaliesPath } from "../router";
import { t } from "../texts";

interface Props {
  /** At most one of them: an asset, or a device that measures none. Both empty: everywhere. */
  asset: string;
  device: string;
}

/** What was not as usual, and how the machines are. */
export default function Anomalies({ asset, device }: Props) {
  const { value: assets } = useAssets();
  const alone = ordered(useDevices().filter((each) => each.asset === null || each.id === device));
  const places = [...(assets ?? [])].sort((a, b) => a.name.localeCompare(b.name));
  const here = asset ? anomaliesAtPath("asset", asset) : device ? anomaliesAtPath("device", device) : anomaliesPath;
  return (
    <Page
      title={t.anomalies.title}
      actions={
        <Choice
          label={t.anomalies.place}
          value={here}
          onChange={(path) => {
            window.location.hash = path;
          }}
        >
          <option value={anomaliesPath}>{t.anomalies.all}</option>
          {places.map(({ id, name }) => (
            <option key={`asset ${id}`} value={anomaliesAtPath("asset", id)}>
              {name}
            </option>
          ))}
          {alone.map(({ id, name }) => (
            <option key={`device ${id}`} value={anomaliesAtPath("device", id)}>
              {name}
            </option>
          ))}
        </Choice>
      }
    >
      <EpisodeList key={here} asset={asset} device={device} />
      {device === "" && <Machines asset={asset || null} />}
    </Page>
  );
}
