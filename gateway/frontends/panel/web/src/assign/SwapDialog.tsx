import { useState } from "react";
import { swap, type Swapped } from "../api/home";
import type { Device } from "../api/types";
import { Choice } from "../components/Choice";
import { Confirm } from "../components/Confirm";
import { useAction } from "../components/useAction";
import { ordered } from "../format/order";
import { useDevices } from "../live/hooks";
import { t } from "../texts";

interface Props {
  device: Device;
  onDone: (swapped: Swapped) => void;
  onClose: () => void;
}

/** Asks which hardware takes a device's place, and says what will happen. */
export function SwapDialog({ device, onDone, onClose }: Props) {
  const [replacement, setReplacement] = useState("");
  const { busy, error, run } = useAction();
  const devices = useDevices();
  const candidates = ordered(devices.filter(({ id, revoked, asset }) => id !== device.id && !revoked && asset === null));
  const chosen = candidates.find(({ id }) => id === replacement);
  const go = () => run(async () => onDone(await swap(device.id, replacement || null)));
  const points = [t.swap.keeps, t.swap.dies, t.swap.marks, chosen ? t.swap.vanishes(chosen.name) : t.swap.token];
  return (
    <Confirm
      title={t.swap.question(device.name)}
      yes={t.swap.confirm}
      no={t.swap.cancel}
      busy={busy}
      error={error}
      onYes={() => void go()}
      onClose={onClose}
    >
      <Choice label={t.swap.by} value={replacement} onChange={setReplacement}>
        <option value="">{t.swap.unknown}</option>
        {candidates.map(({ id, name, mac_address }) => (
          <option key={id} value={id}>
            {name} ({mac_address})
          </option>
        ))}
      </Choice>
      <ul className="flex list-disc flex-col gap-1 pl-5 text-sm">
        {points.map((point) => (
          <li key={point}>{point}</li>
        ))}
      </ul>
    </Confirm>
  );
}
