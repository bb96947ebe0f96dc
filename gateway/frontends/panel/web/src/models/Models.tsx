import { getModels } from "../api/models";
import { ErrorNote } from "../components/ErrorNote";
import { useAnswer } from "../live/useAnswer";
import { Section } from "../system/Section";
import { t } from "../texts";
import { ModelState } from "./ModelState";
import { Signers } from "./Signers";

/** Comparing goes on with each decision; it is looked at, not waited for. */
const REST_MS = 3_000;

/** Every model: which version decides, which one runs beside it, and how to change that. */
export function Models() {
  const { value: models, error, again } = useAnswer("models", {
    ask: getModels,
    ageing: ({ type }) => type === "model" || type === "decision",
    restMs: REST_MS,
  });
  return (
    <Section title={t.models.title}>
      <ErrorNote text={error} />
      {!models && !error && <p className="text-sm text-soft">{t.models.loading}</p>}
      {models?.length === 0 && <p className="text-sm text-soft">{t.models.none}</p>}
      <div className="flex flex-col divide-y divide-line">
        {models?.map((model) => (
          <ModelState key={model.name} model={model} onChange={again} />
        ))}
      </div>
      {models && <Signers />}
    </Section>
  );
}
