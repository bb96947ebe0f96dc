import { useState } from "react";
import { createAsset, createZone, type AssetKind, type Zone } from "../api/home";
import { Card } from "../components/Card";
import { Choice } from "../components/Choice";
import { ErrorNote } from "../components/ErrorNote";
import { TextField } from "../components/TextField";
import { useAction } from "../components/useAction";
import { t } from "../texts";

interface Props {
  zones: readonly Zone[];
  onMade: () => void;
}

/** Makes zones, and what stands in them. */
export function NewPlaces({ zones, onMade }: Props) {
  return (
    <div className="grid items-start gap-4 lg:grid-cols-2">
      <NewZone onMade={onMade} />
      <NewAsset zones={zones} onMade={onMade} />
    </div>
  );
}

function NewZone({ onMade }: { onMade: () => void }) {
  const [name, setName] = useState("");
  const { busy, error, run } = useAction();

  function submit(event: Event): void {
    event.preventDefault();
    void run(async () => {
      await createZone(name.trim());
      setName("");
      onMade();
    });
  }

  return (
    <Card title={t.places.newZone}>
      <form className="flex flex-col gap-4" onSubmit={submit}>
        <TextField label={t.places.name} value={name} onChange={setName} required />
        <button type="submit" className="button self-start" disabled={busy}>
          {t.places.addZone}
        </button>
        <ErrorNote text={error} />
      </form>
    </Card>
  );
}

function NewAsset({ zones, onMade }: Props) {
  const [name, setName] = useState("");
  const [kind, setKind] = useState<AssetKind>("room");
  const [zone, setZone] = useState("");
  const { busy, error, run } = useAction();

  function submit(event: Event): void {
    event.preventDefault();
    void run(async () => {
      await createAsset(name.trim(), kind, zone || null);
      setName("");
      onMade();
    });
  }

  return (
    <Card title={t.places.newAsset}>
      <form className="flex flex-col gap-4" onSubmit={submit}>
        <TextField label={t.places.name} value={name} onChange={setName} required />
        <Choice label={t.places.kind} value={kind} onChange={(value) => setKind(value as AssetKind)}>
          {Object.entries(t.assetKind).map(([value, words]) => (
            <option key={value} value={value}>
              {words}
            </option>
          ))}
        </Choice>
        <Choice label={t.places.zone} value={zone} onChange={setZone}>
          <option value="">{t.places.noZone}</option>
          {zones.map(({ id, name }) => (
            <option key={id} value={id}>
              {name}
            </option>
          ))}
        </Choice>
        <button type="submit" className="button self-start" disabled={busy}>
          {t.places.addAsset}
        </button>
        <ErrorNote text={error} />
      </form>
    </Card>
  );
}
