import { useState } from "react";
import { getAssistant, putAssistant, testAssistant, type Assistant as Shown, type Provider } from "../api/channels";
import { Card } from "../components/Card";
import { CheckField } from "../components/CheckField";
import { Choice } from "../components/Choice";
import { ErrorNote } from "../components/ErrorNote";
import { SecretField } from "../components/SecretField";
import { TextField } from "../components/TextField";
import { useAction } from "../components/useAction";
import { useAnswer } from "../live/useAnswer";
import { t } from "../texts";

/** The optional language model. */
export function Assistant() {
  const { value, error, again } = useAnswer("assistant", { ask: getAssistant });
  return (
    <Card title={t.assistant.title}>
      <p className="-mt-2 text-sm text-soft">{t.assistant.lead}</p>
      <p className="text-sm text-soft">{t.assistant.leaves}</p>
      <ErrorNote text={error} />
      {value && <Form shown={value} onChange={again} />}
    </Card>
  );
}

function Form({ shown, onChange }: { shown: Shown; onChange: () => void }) {
  const [provider, setProvider] = useState(shown.provider);
  const [model, setModel] = useState(shown.model);
  const [key, setKey] = useState("");
  const [url, setUrl] = useState(shown.url);
  const [enabled, setEnabled] = useState(shown.enabled);
  const [said, setSaid] = useState<string | null>(null);
  const { busy, error, run } = useAction();

  function submit(event: Event): void {
    event.preventDefault();
    void run(async () => {
      setSaid(null);
      const typed = key.trim();
      await putAssistant({ provider, model: model.trim(), url: url.trim(), enabled, ...(typed ? { key: typed } : {}) });
      setKey("");
      setSaid(t.assistant.saved);
      onChange();
    });
  }

  const attempt = () =>
    run(async () => {
      setSaid(null);
      const { ok, detail } = await testAssistant();
      if (!ok) throw new Error(detail || t.assistant.fails);
      setSaid(detail || t.assistant.works);
      onChange();
    });

  return (
    <form className="flex flex-col gap-4" onSubmit={submit} aria-label={t.assistant.title}>
      <div className="grid gap-4 sm:grid-cols-2">
        <Choice label={t.assistant.provider} value={provider} onChange={(value) => setProvider(value as Provider)}>
          {Object.entries(t.assistant.providers).map(([each, words]) => (
            <option key={each} value={each}>
              {words}
            </option>
          ))}
        </Choice>
        <TextField label={t.assistant.model} hint={t.assistant.modelHint} value={model} onChange={setModel} most={100} />
        <SecretField
          label={t.assistant.key}
          value={key}
          onChange={setKey}
          {...(shown.key ? { hint: t.channels.secretKept(shown.key) } : {})}
        />
        <TextField label={t.assistant.url} hint={t.assistant.urlHint} value={url} onChange={setUrl} most={500} />
      </div>
      <CheckField label={t.assistant.enabled} checked={enabled} onChange={setEnabled} />
      <p className="text-sm text-soft">{t.assistant.used(shown.used_today, shown.requests_per_day)}</p>
      {shown.failure && <p className="text-sm break-words text-warn">{shown.failure}</p>}
      <ErrorNote text={error} />
      <p className="text-sm break-words text-good empty:hidden" role="status">
        {said}
      </p>
      <div className="flex flex-wrap gap-2">
        <button type="submit" className="button button-main" disabled={busy}>
          {t.assistant.save}
        </button>
        <button type="button" className="button" disabled={busy || !shown.key} onClick={() => void attempt()}>
          {t.assistant.test}
        </button>
      </div>
    </form>
  );
}
