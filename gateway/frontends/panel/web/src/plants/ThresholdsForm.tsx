import { useState } from "react";
import { changePlant, type Plant } from "../api/home";
import { Card } from "../components/Card";
import { ErrorNote } from "../components/ErrorNote";
import { NumberField } from "../components/NumberField";
import { Told } from "../components/Told";
import { useAction } from "../components/useAction";
import { metricName } from "../format/metric";
import { t } from "../texts";
import {
  bandsOf,
  contradiction,
  suggested,
  thresholdMetrics,
  thresholdOf,
  unitOf,
  withThreshold,
  type Typed,
} from "./thresholds";

/** The limits of a plant's values; an empty field is none. */
export function ThresholdsForm({ plant, onChange }: { plant: Plant; onChange: () => void }) {
  const [typed, setTyped] = useState<Typed>({});
  const [told, setTold] = useState<string | null>(null);
  const { busy, error, run } = useAction();
  const hasSuggestions = Object.keys(plant.suggested_thresholds).length > 0;
  const type = (next: Typed) => {
    setTyped(next);
    setTold(null);
  };

  function submit(event: Event): void {
    event.preventDefault();
    setTold(null);
    void run(async () => {
      const bands = bandsOf(typed, plant);
      const wrong = contradiction(bands);
      if (wrong) throw new Error(t.plant.wrongOrder(metricName(wrong)));
      await changePlant(plant.id, { thresholds: bands });
      setTyped({});
      setTold(t.plant.saved);
      onChange();
    });
  }

  return (
    <Card title={t.plant.thresholds}>
      <form className="flex flex-col gap-4" onSubmit={submit}>
        <p className="text-sm text-soft">{t.plant.thresholdsHint}</p>
        <div className="grid grid-cols-[minmax(0,1fr)_6rem_6rem] items-center gap-2 text-sm">
          <span />
          <span className="text-xs text-soft" aria-hidden="true">
            {t.plant.min}
          </span>
          <span className="text-xs text-soft" aria-hidden="true">
            {t.plant.max}
          </span>
          {thresholdMetrics(plant).map((metric) => (
            <Row key={metric} plant={plant} metric={metric} typed={typed} onType={type} />
          ))}
        </div>
        <div className="flex flex-wrap items-center gap-3">
          <button type="submit" className="button button-main" disabled={busy}>
            {t.plant.save}
          </button>
          {hasSuggestions && (
            <button type="button" className="button" onClick={() => type(suggested(typed, plant))}>
              {t.plant.suggest}
            </button>
          )}
          <Told text={told} />
        </div>
        <ErrorNote text={error} />
      </form>
    </Card>
  );
}

interface RowProps {
  plant: Plant;
  metric: string;
  typed: Typed;
  onType: (typed: Typed) => void;
}

function Row({ plant, metric, typed, onType }: RowProps) {
  const unit = unitOf(plant, metric);
  const name = metricName(metric);
  return (
    <>
      <span className="min-w-0 break-words">
        {name} {unit && <span className="text-soft">({unit})</span>}
      </span>
      <NumberField
        label={t.plant.minOf(name)}
        hidden
        value={thresholdOf(typed, plant, metric, "min")}
        onChange={(value) => onType(withThreshold(typed, metric, "min", value))}
      />
      <NumberField
        label={t.plant.maxOf(name)}
        hidden
        value={thresholdOf(typed, plant, metric, "max")}
        onChange={(value) => onType(withThreshold(typed, metric, "max", value))}
      />
    </>
  );
}
