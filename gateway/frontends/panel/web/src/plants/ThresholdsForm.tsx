import { changePlant, type Plant } from "../api/home";
import { Card } from "../components/Card";
import { ErrorNote } from "../components/ErrorNote";
import { LimitFields, type Limited } from "../components/LimitFields";
import { Told } from "../components/Told";
import { useAction } from "../components/useAction";
import { useTyped } from "../components/useTyped";
import { metricName } from "../format/metric";
import { t } from "../texts";
import { bandsOf, contradiction, suggested, thresholdMetrics, thresholdOf, unitOf } from "./thresholds";

/** The limits of a plant's values; an empty field is none. */
export function ThresholdsForm({ plant, onChange }: { plant: Plant; onChange: () => void }) {
  const { typed, told, tell, type, kept } = useTyped();
  const { busy, error, run } = useAction();
  const hasSuggestions = Object.keys(plant.suggested_thresholds).length > 0;

  function submit(event: Event): void {
    event.preventDefault();
    tell(null);
    void run(async () => {
      const bands = bandsOf(typed, plant);
      const wrong = contradiction(bands);
      if (wrong) throw new Error(t.plant.wrongOrder(metricName(wrong)));
      await changePlant(plant.id, { thresholds: bands });
      kept(t.plant.saved);
      onChange();
    });
  }

  return (
    <Card title={t.plant.thresholds}>
      <form className="flex flex-col gap-4" onSubmit={submit}>
        <p className="text-sm text-soft">{t.plant.thresholdsHint}</p>
        <LimitFields
          rows={thresholdMetrics(plant).map((metric) => limited(plant, metric))}
          texts={t.plant}
          typed={typed}
          valueOf={(metric, side) => thresholdOf(typed, plant, metric, side)}
          onType={type}
        />
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

function limited(plant: Plant, metric: string): Limited {
  const unit = unitOf(plant, metric);
  const name = metricName(metric);
  const shown = (
    <span className="min-w-0 break-words">
      {name} {unit && <span className="text-soft">({unit})</span>}
    </span>
  );
  return { id: metric, name, shown };
}
